namespace Cortex.EndToEnd.Harness;

/// <summary>The operator for every namespace: <c>kubectl apply -k manifests/</c>.</summary>
public sealed class InstalledOperator : Installation
{
    public InstalledOperator()
        : base("manifests", "tests/kubernetes/install", "cortex-system", "shop", usesAll: true) => Pair = new(this);

    /// <summary>A cluster that tests share.</summary>
    public InstalledPair Pair { get; }
}

/// <summary>The operator for one namespace: <c>kubectl apply -n team-a -k manifests/namespaced</c>.</summary>
public sealed class NamespacedOperator() : Installation(
    "manifests/namespaced", "tests/kubernetes/install/namespaced", "team-a", "team-a", usesAll: false);
