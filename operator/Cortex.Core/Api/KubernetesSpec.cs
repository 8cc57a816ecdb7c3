using System.Text.Json.Serialization;

namespace Cortex.Core.Api;

/// <summary>The data volume of each instance. Podman's volumes have neither size nor class; there it says nothing.</summary>
public sealed record StorageSpec
{
    /// <summary>A quantity such as <c>10Gi</c>.</summary>
    public string Size { get; init; } = "10Gi";

    /// <summary>The storage class; empty: the default one of the cluster.</summary>
    public string? ClassName { get; init; }
}

/// <summary>What only Kubernetes has; without meaning on Podman.</summary>
public sealed record KubernetesSpec
{
    /// <summary>Who may connect, beside the members and the operator. Empty: every pod of the same namespace.</summary>
    public IReadOnlyList<ClientSource> AllowFrom { get; init; } = [];

    /// <summary>Whether two instances may share a machine.</summary>
    public Spread Spread { get; init; } = Spread.Preferred;

    /// <summary>
    /// Instances whose machine is off for good, by the user's word: their pods, which nobody can see stopped, count as stopped. A machine that still runs would be a second primary.
    /// </summary>
    public IReadOnlyList<string> LostInstances { get; init; } = [];
}

/// <summary>Pods, by namespace and labels, or addresses. What is left out excludes nobody; an entry needs one of them.</summary>
public sealed record ClientSource
{
    /// <summary>The name of a namespace; empty: the cluster's own.</summary>
    public string? Namespace { get; init; }

    public IReadOnlyDictionary<string, string> PodLabels { get; init; } = new Dictionary<string, string>();

    /// <summary>A block of addresses such as <c>10.0.0.0/8</c>; stands alone.</summary>
    public string? Cidr { get; init; }
}

/// <summary>How instances are laid out over machines.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Spread>))]
public enum Spread
{
    /// <summary>On machines of their own where there are enough.</summary>
    Preferred,

    /// <summary>On machines of their own, or not at all.</summary>
    Required,
}
