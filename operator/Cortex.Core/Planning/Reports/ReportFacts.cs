using Cortex.Core.Api;

namespace Cortex.Core.Planning;

/// <summary>The counts and conclusions that the phase and the conditions are made from.</summary>
internal sealed record ReportFacts(Situation Now, Plan Plan, PassOutcome Outcome, IReadOnlyList<InstanceStatus> Instances)
{
    public bool PrimaryWrites => Now.Leader is not null;

    public IReadOnlyList<string> Standbys => [.. Now.Members.Where(member => member != Now.Status.Primary)];

    public IReadOnlyList<string> NotStreaming =>
        [.. Standbys.Where(standby => Instances.First(seen => seen.Name == standby).State != InstanceStates.Streaming)];

    public int ReadyInstances => (PrimaryWrites ? 1 : 0) + Standbys.Count - NotStreaming.Count;

    /// <summary>The lines of their files that servers cannot load, and what they say about them; empty where there are none.</summary>
    public string Unloadable => string.Join("; ", Now.Seen.Postgres
        .Where(pair => pair.Value.UnloadableLines.Count > 0)
        .Select(pair => $"{pair.Key}: {string.Join(", ", pair.Value.UnloadableLines)}"));

    /// <summary>What ALTER SYSTEM set for the next start, unseen by the resource, and how to undo it; empty where it set nothing.</summary>
    public string Untried => string.Join("; ", Now.Seen.Postgres
        .Where(pair => pair.Value.Overridden.Count > 0)
        .Select(pair => $"{pair.Key}: {Remedy.Reset(pair.Value.Overridden)}"));

    public bool AllReady => PrimaryWrites
        && NotStreaming.Count == 0
        && Unloadable.Length == 0
        && Untried.Length == 0
        && !Now.Seen.ApplicationReady.Is(false)
        && Now.Seen.LoginObstacle == LoginObstacle.None
        && Plan.Refusal is null;

    /// <summary>The pass ended, and the spec was refused or is in force on every instance.</summary>
    public bool IsDone => Outcome is { Doing: null, Failure: null }
        && Plan.Steps.Count == 0
        && (Plan.Refusal is not null || Instances.All(instance => instance.Outdated is null));

    /// <summary>The cluster was not ready yet, and no step failed.</summary>
    private bool IsFirstCreation => Now.Status.SystemIdentifier is null
        || (Now.Status.Phase == Phases.Creating && Outcome.Failure is null && Now.Status.Fenced.Count == 0);

    public string Phase =>
        Now.Cluster.Metadata.DeletionTimestamp is not null ? Phases.Deleting
        : Plan.Refusal is { Reason: Reasons.InvalidSpec } ? Phases.Invalid
        : Now.Status.Promotion is not null ? Phases.Promoting
        : Plan.Refusal is not null ? Phases.Blocked
        : AllReady ? Phases.Ready
        : IsFirstCreation ? Phases.Creating
        : Phases.Degraded;
}
