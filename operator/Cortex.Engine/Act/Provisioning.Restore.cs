using System.Globalization;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Core.Restoring;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Act;

/// <content>The restore of a backup into the volume of the first primary.</content>
public sealed partial class Provisioning
{
    /// <summary>
    /// Starts the job. What it restores was written down before, so that the next look knows it, and the next operator, too.
    /// </summary>
    public async Task StartRestoreAsync(Pass pass, Step.Restore step, CancellationToken ct)
    {
        var request = RestoreRequest.Of(pass.Spec) ?? throw new InvalidOperationException("the spec asks for no restore");
        await pass.DecideAsync(status => Decisions.Restoring(status, step, request, pass.Now), step.Says, ct);
        var (task, revision) = Describe(
            pass,
            step.Instance,
            ProvisioningScripts.Restore,
            [
                RepositoryFile.RenderSource(step.Folder, step.Access),
                request.Mark,
                step.Backup,
                ProvisioningScripts.WithoutPasswords(pass.Spec.Database.Owner),
                .. request.Settings,
            ]);
        var work = task with
        {
            Repository = step.Access.IsRemote ? null : step.Volume,
            OnlyReadsRepository = !step.Access.IsRemote,
            OnNetwork = step.Access.IsRemote,
            // The new cluster may archive with the same secrets.
            Secrets = task.Secrets.Union(RepositorySecrets.Mounts(step.Access.SecretNames)).ToDictionary(),
        };
        await jobs.StartJobAsync(Job.OfRestore(work, request.Mark, revision), ct);
    }

    /// <summary>What came of it is written down before the job is removed; a restore that may succeed later is tried again.</summary>
    public async Task FinishRestoreAsync(Pass pass, Step.FinishRestore step, CancellationToken ct)
    {
        var (cluster, instance) = (pass.Key, step.Instance);
        var result = await jobs.ReadJobAsync(cluster, instance, ct)
            ?? throw new TargetException($"the job that restores {instance} is gone; another one is started");
        var end = RestoreEnd.Of(result.ExitCode, result.Output, pass.Cluster.Status?.Restore);
        if (end.SystemIdentifier is { } system)
        {
            if (pass.Seen.Inventory.Job(instance)?.Revision is { } revision)
            {
                writtenRevisions.Set(cluster, instance, revision);
            }

            var database = pass.Spec.Database.Name;
            await pass.DecideAsync(status => Decisions.Restored(status, system, end.Timeline, database, pass.Now), step.Says, ct);
            pass.Tell(new ClusterEvent(
                false,
                EventReasons.Restored,
                string.Create(CultureInfo.InvariantCulture, $"{instance} has the data of the backup, and begins timeline {end.Timeline}")));
        }
        else if (end.IsFinal)
        {
            await pass.DecideAsync(status => Decisions.RestoreFailed(status, end.Failure ?? "no reason was given"), step.Says, ct);
        }

        await jobs.EndJobAsync(cluster, instance, ct);
        if (end is { SystemIdentifier: null, IsFinal: false })
        {
            var code = result.ExitCode.ToString(CultureInfo.InvariantCulture);
            throw new TargetException($"the restore of {instance} ended with exit code {code}: {end.Failure}");
        }
    }
}
