namespace Cortex.Core.Naming;

/// <summary>The names of the operator's own objects on Kubernetes; <c>manifests/</c> has the same names.</summary>
public static class OperatorNames
{
    /// <summary>The cluster-scoped object that makes API servers call the webhook.</summary>
    public const string WebhookConfiguration = "cortex-operator";

    public const string WebhookService = "cortex-webhook";

    public const string WebhookSecret = "cortex-webhook-tls";

    /// <summary>The path of the webhook's Service that API servers call.</summary>
    public const string WebhookPath = "/validate";

    /// <summary>
    /// The host name that an API server verifies
    /// (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#service-reference).
    /// </summary>
    public static string WebhookHost(string ownNamespace) => $"{WebhookService}.{ownNamespace}.svc";
}
