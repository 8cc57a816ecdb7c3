using System.Text.RegularExpressions;
using Cortex.Core.Api;

namespace Cortex.Core.Backup;

/// <summary>The next action for a backup.</summary>
public abstract record BackupAction
{
    private BackupAction()
    {
    }

    /// <summary>Nothing, for good or until something changes.</summary>
    public sealed record Rest : BackupAction;

    /// <summary>Nothing yet; it is checked again later.</summary>
    public sealed record Wait(string Why) : BackupAction;

    /// <summary>Starts a container on this instance, after the instance was written into the status.</summary>
    public sealed record Start(string Instance) : BackupAction;

    /// <summary>Ends the container on an instance that is no longer the primary, or whose server went away, and begins again.</summary>
    public sealed record BeginAgain(string Instance, string Why) : BackupAction
    {
        /// <summary>The server went away without a promotion.</summary>
        public bool IsInterruption { get; init; }
    }

    /// <summary>Another backup was started first: this one begins when the other has ended.</summary>
    public sealed record Postpone(string Why) : BackupAction;

    /// <summary>The container runs.</summary>
    public sealed record Watch : BackupAction;

    /// <summary>The container has succeeded: the backup is looked up in the repository.</summary>
    public sealed record Confirm(string Instance, string Label) : BackupAction;

    public sealed record Fail(string Instance, string Why) : BackupAction;
}

/// <summary>
/// Decides the next action from a backup, its cluster and its container. After an interruption at any point the same action is found again.
/// </summary>
public static partial class BackupProgress
{
    /// <summary>A server that crashes in every backup is not to be tried for ever.</summary>
    private const int MostInterruptions = 3;

    /// <summary>pgBackRest's exit codes: it cannot connect to the server, or the connection was lost.</summary>
    private const int LostServer = 56;
    private const int LostSession = 57;

    private const string Another = "another backup of this cluster is being made";

    /// <param name="cluster">Null where no cluster has that name.</param>
    /// <param name="job">The container on the instance that the status names, or on the primary; null where it does not exist.</param>
    public static BackupAction Next(CortexBackup backup, CortexCluster? cluster, BackupJobSeen? job) => backup.Status switch
    {
        _ when backup.IsOver() => new BackupAction.Rest(),
        { Phase: BackupPhases.Running, Instance: { } instance } => Running(backup, cluster, instance, job),
        _ => WhyNot(cluster, backup.Spec.Cluster) is { } why ? new BackupAction.Wait(why)
            // A container that has ended belonged to a resource that is gone, or that is about to read it.
            : job is { ExitCode: null } && job.Uid != backup.Metadata.Uid ? new BackupAction.Wait(Another)
            : new BackupAction.Start(cluster!.Status!.Primary!),
    };

    private static BackupAction Running(CortexBackup backup, CortexCluster? cluster, string instance, BackupJobSeen? job)
    {
        var primary = cluster?.Status is { Promotion: null } status ? status.Primary : null;
        if (cluster is null || cluster.Metadata.DeletionTimestamp is not null)
        {
            return new BackupAction.Fail(instance, $"the cluster {backup.Spec.Cluster} was deleted");
        }

        return job switch
        {
            { Uid: var uid } when uid != backup.Metadata.Uid => new BackupAction.Postpone(Another),
            _ when primary is not null && primary != instance => new BackupAction.BeginAgain(instance, $"{primary} is the primary now"),
            null => WhyNot(cluster, backup.Spec.Cluster) is { } why ? new BackupAction.Wait(why) : new BackupAction.Start(instance),
            { ExitCode: null, StartProblem: { } problem } => new BackupAction.Wait($"its container cannot start: {problem}"),
            { ExitCode: null } => new BackupAction.Watch(),
            { ExitCode: 0 } => Label(job.Output) is { } label
                ? new BackupAction.Confirm(instance, label)
                : new BackupAction.Fail(instance, "pgBackRest did not say which backup it made"),
            // A server that stops in the middle of a backup may be about to hand over.
            _ when cluster.Status?.Promotion is not null => new BackupAction.Wait("the primary changes"),
            { ExitCode: LostServer or LostSession } when !(backup.Status?.Interruptions >= MostInterruptions) =>
                new BackupAction.BeginAgain(instance, ArchiveSeen.WordsOf(job.Output) ?? $"{instance} did not answer any more")
                {
                    IsInterruption = true,
                },
            _ => new BackupAction.Fail(instance, ArchiveSeen.WordsOf(job.Output) ?? $"pgBackRest ended with exit code {job.ExitCode}"),
        };
    }

    /// <summary>Why no backup can be made now; null where one can.</summary>
    private static string? WhyNot(CortexCluster? cluster, string? name) => cluster switch
    {
        null => $"there is no cluster {name}",
        { Metadata.DeletionTimestamp: not null } => $"the cluster {name} is being deleted",
        { Spec.Backup: null } => $"spec.backup of {name} names no repository",
        { Status: null or { Primary: null } } => $"{name} has no primary yet",
        { Status.Promotion: not null } => "the primary changes",
        { Status: { Primary: { } primary } status }
            when status.Instances.FirstOrDefault(instance => instance.Name == primary) is { State: not InstanceStates.Running } silent =>
            $"the primary {primary} does not answer: {silent.State}",
        _ => cluster.Status.Conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Archiving) switch
        {
            { Status: "True" } => null,
            var archiving => $"WAL of {name} is not archived: {archiving?.Message ?? "not known"}",
        },
    };

    private static string? Label(string output) => Made().Matches(output) is [.., var last] ? last.Groups["label"].Value : null;

    [GeneratedRegex(@"new backup label = (?<label>[0-9]{8}-[0-9]{6}F(_[0-9]{8}-[0-9]{6}[DI])?)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Made();
}
