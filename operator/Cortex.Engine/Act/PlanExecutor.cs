using Cortex.Core.Planning;
using Cortex.Engine.Backup;
using Cortex.Engine.Memory;
using Cortex.Engine.Targets;
using Microsoft.Extensions.Logging;

namespace Cortex.Engine.Act;

/// <summary>
/// Executes a plan: one <c>switch</c> case for each step type, in the order of the plan, up to the first failure. Every step may find its
/// work half done.
/// </summary>
public sealed partial class PlanExecutor(
    Infrastructure infrastructure, ClusterMemory memory, Credentials credentials, Provisioning provisioning, InstanceLife life,
    Replication replication, Synchrony synchrony, Archives archives, ArchiveHandOver archiveHandOver, ILogger<PlanExecutor> logger)
{
    public async Task ExecuteAsync(Pass pass, CancellationToken ct)
    {
        credentials.RememberAuthority(pass);
        await RunLaneAsync(pass.Plan.Steps, pass, ct);
    }

    /// <summary>
    /// Checks the pods of a lane before its first step: for a pod that cannot be made, nothing is removed, and no data are made or copied.
    /// A pod that exists and stays is only started, unchanged.
    /// </summary>
    private async Task CheckPlacementsAsync(IReadOnlyList<Step> steps, Pass pass, CancellationToken ct)
    {
        foreach (var step in steps)
        {
            if (InstanceOf(step) is not { } instance
                || (pass.Seen.Inventory.Pod(instance) is not null && !steps.Contains(new Step.RemovePod(instance))))
            {
                continue;
            }

            try
            {
                await life.CheckPlacementAsync(pass, instance, ct);
            }
            catch (Exception) when (pass.NotesFailure(step))
            {
                // Not reached: the filter always returns false, see DoAsync.
                throw;
            }
        }
    }

    /// <summary>The instance whose pod a step starts, or whose data it makes for a later pod.</summary>
    private static string? InstanceOf(Step step) => step switch
    {
        Step.StartPod startPod => startPod.Instance,
        Step.Join join => join.Instance,
        Step.Restore restore => restore.Instance,
        _ => null,
    };

    private async Task DoAsync(Step step, Pass pass, CancellationToken ct)
    {
        if (step is Step.Together together)
        {
            await RunLanesAsync(together, pass, ct);
            return;
        }

        try
        {
            await DoOneAsync(step, pass, ct);
        }
        catch (Exception) when (pass.NotesFailure(step))
        {
            // Not reached: the filter always returns false. It only notes the step in the pass, before the stack is unwound.
            throw;
        }

        if (ClusterEvents.Of(step) is { } news)
        {
            pass.Tell(news);
        }
    }

    private async Task DoOneAsync(Step step, Pass pass, CancellationToken ct)
    {
        Doing(pass.Key.ToString(), step.Says);
        if (step is Step.Initialise or Step.Restore or Step.Join or Step.Configure or Step.Prove or Step.StopPod)
        {
            await pass.ReportAsync(new PassOutcome(step.Says, null), ct);
        }

        if (EndsWithEdit(step, pass.Seen))
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, pass.SpecChanged);
            await ExecuteStepAsync(step, pass, either.Token);
            return;
        }

        await ExecuteStepAsync(step, pass, ct);
    }

    /// <summary>
    /// Whether an edit of the spec ends the step. Only Configure of an instance that does not answer ends: it needs a container, which on
    /// Kubernetes may wait long for a node or a volume, and the edit may ask for the failover that helps.
    /// </summary>
    internal static bool EndsWithEdit(Step step, Observation seen) =>
        step is Step.Configure configure && seen.Answer(configure.Instance) is null;

    /// <summary>
    /// Runs lanes at the same time. The failure of one lane is reported at once, and the next pass tries again; the other lanes continue,
    /// because they do not depend on it. They are cancelled if they wait for the result of the failed lane (FirstLeads), or if the
    /// resource has changed since the plan was made.
    /// </summary>
    private async Task RunLanesAsync(Step.Together together, Pass pass, CancellationToken ct)
    {
        using var others = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var lanes = together.Lanes.Select(lane => RunLaneAsync(lane, pass, others.Token)).ToList();
        List<Task> running = [.. lanes];
        var failed = default(Task);
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny(running);
            running.Remove(ended);
            if (ended.IsCompletedSuccessfully)
            {
                continue;
            }

            failed ??= ended;
            var cause = ended.Exception?.InnerException;
            if (cause is RecordConflictException || (together.FirstLeads && ended == lanes[0]))
            {
                await others.CancelAsync();
            }
            else if (cause is not null && running.Count > 0 && ended == failed)
            {
                running.Add(pass.ReportAsync(new PassOutcome(null, pass.Describe(cause)), ct));
            }
        }

        if (failed is not null)
        {
            await failed;
        }
    }

    private async Task RunLaneAsync(IReadOnlyList<Step> lane, Pass pass, CancellationToken ct)
    {
        var isChecked = false;
        foreach (var step in lane)
        {
            // Certificates, sizes and roles do not wait for a pod that cannot be made.
            if (!isChecked && step is not (Step.Together or Step.GrowVolume or Step.AssignRoles or Step.SettleAny))
            {
                await CheckPlacementsAsync(lane, pass, ct);
                isChecked = true;
            }

            await DoAsync(step, pass, ct);
        }
    }

    private Task ExecuteStepAsync(Step step, Pass pass, CancellationToken ct) => step switch
    {
        Step.EnsureNetwork => infrastructure.EnsureNetworkAsync(pass, ct),
        Step.StorePassword storePassword => credentials.StorePasswordAsync(pass, storePassword, ct),
        Step.IssueAuthority issueAuthority => credentials.IssueAuthorityAsync(pass, issueAuthority, ct),
        Step.IssueCertificate issueCertificate => credentials.IssueCertificateAsync(pass, issueCertificate, ct),
        Step.CreateVolume createVolume => infrastructure.CreateVolumeAsync(pass, createVolume, ct),
        Step.GrowVolume growVolume => infrastructure.GrowVolumeAsync(pass, growVolume, ct),
        Step.Initialise initialise => provisioning.InitialiseAsync(pass, initialise.Instance, ct),
        Step.Restore restore => provisioning.StartRestoreAsync(pass, restore, ct),
        Step.FinishRestore finishRestore => provisioning.FinishRestoreAsync(pass, finishRestore, ct),
        Step.Join join => replication.StartJoinAsync(pass, join, ct),
        Step.FinishJoin finishJoin => replication.FinishJoinAsync(pass, finishJoin, ct),
        Step.EndJob endJob => replication.EndJobAsync(pass, endJob, ct),
        Step.DiscardOldCopy discard => provisioning.DiscardOldCopyAsync(pass.Key, pass.Spec, discard.Instance, pass.Image, ct),
        Step.ArrangeSlots arrangeSlots => replication.ArrangeSlotsAsync(pass, arrangeSlots, ct),
        Step.SuspendSynchronous suspendSynchronous => synchrony.SuspendAsync(pass, suspendSynchronous, ct),
        Step.ConfirmSynchronous confirmSynchronous => synchrony.ConfirmAsync(pass, confirmSynchronous, ct),
        Step.Configure configure => life.ConfigureAsync(pass, configure.Instance, ct),
        Step.Prove prove => provisioning.ProveAsync(pass, prove.Instance, ct),
        Step.StartPod startPod => life.StartAsync(pass, startPod.Instance, ct),
        Step.AwaitReplay awaitReplay => replication.AwaitReplayAsync(pass, awaitReplay, ct),
        Step.Checkpoint checkpoint => life.CheckpointAsync(pass, checkpoint.Instance, ct),
        Step.PrepareRepository prepareRepository => archives.PrepareAsync(pass, prepareRepository.Instance, ct),
        Step.EnsureDatabase => life.EnsureDatabaseAsync(pass, ct),
        Step.Fence fence => life.FenceAsync(pass, fence, ct),
        Step.HandOver handOver => life.HandOverAsync(pass, handOver, ct),
        Step.Promote promote => PromoteAsync(pass, promote.Instance, ct),
        Step.CompletePromotion completePromotion => CompletePromotionAsync(pass, completePromotion.To, ct),
        Step.StopPod stopPod => life.StopAsync(pass, stopPod.Instance, ct),
        Step.ForgetPod forgetPod => infrastructure.ForgetPodAsync(pass, forgetPod, ct),
        Step.AssignRoles assignRoles => infrastructure.AssignRolesAsync(pass, assignRoles, ct),
        Step.ArrangeObjects arrangeObjects => infrastructure.ArrangeObjectsAsync(pass, arrangeObjects, ct),
        Step.RemovePod removePod => life.RemoveAsync(pass, removePod.Instance, ct),
        Step.DeleteVolume deleteVolume => infrastructure.DeleteVolumeAsync(pass, deleteVolume, ct),
        Step.DeleteSecret deleteSecret => infrastructure.DeleteSecretAsync(pass, deleteSecret, ct),
        Step.DeleteNetwork => infrastructure.DeleteNetworkAsync(pass, ct),
        Step.Release => ReleaseAsync(pass, ct),
        _ => DecideAsync(step, pass, ct),
    };

    private async Task PromoteAsync(Pass pass, string instance, CancellationToken ct)
    {
        await archiveHandOver.BeforeAsync(pass, instance, ct);
        await life.PromoteAsync(pass, instance, ct);
    }

    private async Task CompletePromotionAsync(Pass pass, string to, CancellationToken ct)
    {
        await life.CompletePromotionAsync(pass, to, ct);
        await archiveHandOver.AfterAsync(pass, to, ct);
    }

    private static async Task DecideAsync(Step step, Pass pass, CancellationToken ct)
    {
        await pass.DecideAsync(
            status => Decisions.Apply(status, step, pass.Now, pass.Cluster.Metadata.Generation, pass.PromoteChangedAt)
                ?? throw new InvalidOperationException($"no case for {step.GetType().Name}"),
            step.Says,
            ct);
        // The API server drops a field that its definition lacks. Without this error, every following pass would fence again at once.
        if (step is Step.RecordFence && pass.Cluster.Status?.Promotion is { StoppedAt: null })
        {
            throw new TargetException(
                "the API server does not keep status.promotion.stoppedAt: its definition of CortexCluster is older than the operator",
                "apply the definition in crds/");
        }
    }

    private async Task ReleaseAsync(Pass pass, CancellationToken ct)
    {
        memory.Forget(pass.Key);
        // The last step. It is not cancelled, because everything else of the cluster is already removed.
        await pass.ReleaseAsync(CancellationToken.None);
    }

    [LoggerMessage(100, LogLevel.Information, "{Cluster} {Step}")]
    private partial void Doing(string cluster, string step);
}
