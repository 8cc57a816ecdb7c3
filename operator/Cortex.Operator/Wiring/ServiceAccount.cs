namespace Cortex.Operator.Wiring;

/// <summary>
/// The information that Kubernetes gives a pod about itself (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/).
/// </summary>
public static class ServiceAccount
{
    private const string NamespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

    /// <summary>The pod's namespace; null outside of a pod.</summary>
    public static string? Namespace() => File.Exists(NamespaceFile) ? File.ReadAllText(NamespaceFile).Trim() : null;
}
