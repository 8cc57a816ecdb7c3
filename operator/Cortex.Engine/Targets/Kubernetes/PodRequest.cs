namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>What the pod of a one-shot has beside its work.</summary>
internal sealed record PodRequest
{
    /// <summary>By these a later look recognizes it.</summary>
    public required Dictionary<string, string> Labels { get; init; }

    /// <summary>The same, for what a label cannot contain.</summary>
    public Dictionary<string, string>? Annotations { get; init; }

    /// <summary>A claim that was made for this work alone, mounted where the volume of an instance would be; null for none.</summary>
    public string? Scratch { get; init; }

    /// <summary>The work may take hours, and does not begin on a node that is being drained.</summary>
    public bool IsLong { get; init; }
}

/// <summary>Where the pod of a one-shot has to run; by default, anywhere.</summary>
/// <param name="Node">
/// The node where the pod of its instance runs, because other nodes may not be able to use its volume. The scheduler is not asked.
/// </param>
/// <param name="Beside">
/// The node that uses its repository, where no other can. The scheduler places the pod there, because a new volume may wait for it.
/// </param>
internal readonly record struct PodPlace(string? Node, string? Beside);
