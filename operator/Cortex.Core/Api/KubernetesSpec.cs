using System.Text.Json.Serialization;

namespace Cortex.Core.Api;

/// <summary>The data volume of each instance. Volumes of Podman have neither a size nor a class, so this has no effect there.</summary>
public sealed record StorageSpec
{
    /// <summary>A quantity such as <c>10Gi</c>.</summary>
    public string Size { get; init; } = "10Gi";

    /// <summary>The storage class; empty: the default one of the cluster.</summary>
    public string? ClassName { get; init; }
}

/// <summary>What only Kubernetes has; without effect on Podman.</summary>
public sealed record KubernetesSpec
{
    /// <summary>Who may connect, beside the members and the operator. Empty: every pod of the same namespace.</summary>
    public IReadOnlyList<ClientSource> AllowFrom { get; init; } = [];

    /// <summary>Whether two instances may share a machine.</summary>
    public Spread Spread { get; init; } = Spread.Preferred;

    /// <summary>
    /// Instances whose machine is off for good, as the user declares. Their pods cannot be seen stopped, and count as stopped. If such a
    /// machine still runs, there are two primaries.
    /// </summary>
    public IReadOnlyList<string> LostInstances { get; init; } = [];
}

/// <summary>
/// Pods, by namespace and labels, or addresses. A field that is left out matches everything; an entry needs at least one field.
/// </summary>
public sealed record ClientSource
{
    /// <summary>The name of a namespace; empty: the cluster's own.</summary>
    public string? Namespace { get; init; }

    public IReadOnlyDictionary<string, string> PodLabels { get; init; } = new Dictionary<string, string>();

    /// <summary>A block of addresses such as <c>10.0.0.0/8</c>; it excludes the other fields.</summary>
    public string? Cidr { get; init; }
}

/// <summary>How instances are distributed over machines.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Spread>))]
public enum Spread
{
    /// <summary>On separate machines where there are enough.</summary>
    Preferred,

    /// <summary>On separate machines only; an instance without one does not start.</summary>
    Required,
}
