namespace Cortex.Core.Naming;

/// <summary>What the operator's own objects on Kubernetes are called; <c>manifests/</c> says the same.</summary>
public static class OperatorNames
{
    /// <summary>The cluster-scoped object that tells API servers to ask us.</summary>
    public const string WebhookConfiguration = "cortex-operator";

    public const string WebhookService = "cortex-webhook";

    public const string WebhookSecret = "cortex-webhook-tls";

    /// <summary>The path of the Service that is asked.</summary>
    public const string WebhookPath = "/validate";

    /// <summary>The host name that an API server verifies (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#service-reference).</summary>
    public static string WebhookHost(string ownNamespace) => $"{WebhookService}.{ownNamespace}.svc";
}
