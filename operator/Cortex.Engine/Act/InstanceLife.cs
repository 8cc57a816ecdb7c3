using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Secrets;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;
using Npgsql;

namespace Cortex.Engine.Act;

/// <summary>Start, stop, hand-over and promotion of instances.</summary>
public sealed class InstanceLife(
    IPods pods, IInstanceFiles files, IInstanceLogs logs, SecretVault vault, PostgresSessions sessions, Provisioning provisioning,
    TimeProvider clock)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    /// <summary>A reload takes milliseconds. A server that needs longer is looked at again in the next pass.</summary>
    private static readonly TimeSpan ReloadLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PromoteLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan HandOverGrace = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The sender has ended before this begins: what is on its way is in the kernel's buffers, and nothing more will come.
    /// </summary>
    private static readonly TimeSpan ReceiveLimit = TimeSpan.FromSeconds(1);

    /// <summary>Between looks while nobody can write.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(5);

    /// <summary>For a session to be opened, where none is.</summary>
    private static readonly TimeSpan FirstWrite = TimeSpan.FromSeconds(1);

    /// <summary>A primary that runs but does not answer may still have WAL to send; more than this it does not get.</summary>
    private static readonly TimeSpan SilentGrace = TimeSpan.FromSeconds(2);

    public Task StartAsync(Pass pass, string instance, CancellationToken ct) =>
        pods.StartPodAsync(pass.Key, pods.Describe(pass.Cluster, instance, pass.Image), ct);

    /// <exception cref="TargetException">The target could not make the instance's pod.</exception>
    public void DemandPlace(Pass pass, string instance) => pods.DemandPlace(pods.Describe(pass.Cluster, instance, pass.Image));

    public Task RemoveAsync(Pass pass, string instance, CancellationToken ct) => pods.DeletePodAsync(pass.Key, instance, ct);

    public async Task ConfigureAsync(Pass pass, string instance, CancellationToken ct)
    {
        var written = await provisioning.ConfigureAsync(pass, instance, ct);
        if (pass.Seen.Answer(instance) is null)
        {
            return;
        }

        await InstanceActions.ReloadAsync(Source(pass, instance), ct);
        provisioning.NoteReload(pass, instance, written);
        await LoadedAsync(pass, instance, written, ct);
    }

    /// <summary>
    /// Returns when the server has loaded the configuration, or after <see cref="ReloadLimit"/>: the next pass sees more.
    /// </summary>
    private async Task LoadedAsync(Pass pass, string instance, string written, CancellationToken ct)
    {
        var source = Source(pass, instance);
        using var limit = new CancellationTokenSource(ReloadLimit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            while ((await InstanceProbe.AskAsync(source, either.Token).WaitAsync(either.Token))?.Revision != written)
            {
                await Task.Delay(Poll, clock, either.Token);
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The policy "configure" holds the cluster until the server reports the configuration.
        }
    }

    public Task CheckpointAsync(Pass pass, string instance, CancellationToken ct) =>
        InstanceActions.CheckpointAsync(Source(pass, instance), ct);

    public async Task EnsureDatabaseAsync(Pass pass, CancellationToken ct)
    {
        var passwords = RolePasswords.From(pass.Key, vault.Held(pass.Key))?.Demand(pass.Key)
            ?? throw new TargetException("a password is missing; it is made in the next pass");
        var database = pass.Spec.Database;
        await ApplicationDatabase.EnsureAsync(
            Source(pass, pass.Cluster.Status!.Primary!), database, passwords, wasThere: pass.Cluster.Status.Database == database.Name, ct);
    }

    /// <summary>Stopped through the target, so that no restart policy acts, and seen stopped.</summary>
    public async Task FenceAsync(Pass pass, Step.Fence step, CancellationToken ct)
    {
        var runs = pass.Seen.Inventory.Pod(step.Instance) is { State: PodState.Running };
        var mayHaveMore = runs
            && !(
                sessions.For(pass.Key, pass.Spec, step.Instance) is { } source
                    && await ConnectionRefusal.IsSeenAsync(source, ConnectionRefusal.Deadline, ct));
        var end = mayHaveMore
            ? await pods.StopPodAsync(pass.Key, step.Instance, SilentGrace, ct)
            : await pods.FencePodAsync(pass.Key, step.Instance, ct);
        sessions.Clear(pass.Key, step.Instance);
        // The end of the container says nothing of a server that was dead before it.
        var wrote = (runs && !mayHaveMore) || end is { ExitCode: ServerProcess.WasDead } ? null : end?.At;
        // That it was fenced is written by the steps that follow, RecordFence or CommitPromotion: an instance is fenced for other reasons,
        // too.
        pass.Keep(status => Decisions.Wrote(status, step.Instance, wrote));
        pass.Tell(
            new ClusterEvent(
                true,
                EventReasons.InstanceFenced,
                $"{step.Instance} was stopped for good and may come back as a standby only: {step.Why}"));
    }

    /// <summary>A fast shutdown.</summary>
    public async Task StopAsync(Pass pass, string instance, CancellationToken ct)
    {
        await pods.StopPodAsync(pass.Key, instance, HandOverGrace, ct);
        sessions.Clear(pass.Key, instance);
    }

    /// <summary>
    /// In a fast shutdown every standby that streams is sent all WAL up to the shutdown checkpoint
    /// (https://www.postgresql.org/docs/current/server-shutdown.html). The control file then says where that lies, and the target has to
    /// have it. May be done again on a primary that has ended already.
    /// </summary>
    public async Task HandOverAsync(Pass pass, Step.HandOver step, CancellationToken ct)
    {
        if (pass.Seen.Answer(step.Instance) is { InRecovery: false })
        {
            // So that the shutdown, in which nobody can write, has little left to write itself.
            await InstanceActions.CheckpointAsync(Source(pass, step.Instance), ct);
        }

        var written = await StopUnderWatchAsync(pass, step.Instance, ct);
        pass.Keep(status => Decisions.Wrote(status, step.Instance, written));
        var control = await files.ReadControlAsync(pass.Key, pass.Spec.Image, step.Instance, ct);
        if (ControlFile.Parse(control) is not { State: ControlState.ShutDown } left)
        {
            throw new TargetException($"{step.Instance} did not end cleanly; {step.Target} is not promoted");
        }

        await AwaitReceivedAsync(pass, step.Target, left.EndOfShutdown, ct);
        pass.Keep(status => Decisions.HandedOver(status, pass.Now));
    }

    public async Task PromoteAsync(Pass pass, string instance, CancellationToken ct)
    {
        await InstanceActions.PromoteAsync(Source(pass, instance), PromoteLimit, clock, ct);
        pass.Keep(status => Decisions.Promoted(status, pass.Now));
    }

    public async Task CompletePromotionAsync(Pass pass, string to, CancellationToken ct)
    {
        var source = Source(pass, to);
        await InstanceActions.PromoteAsync(source, PromoteLimit, clock, ct);
        var writable = pass.Cluster.Status?.Promotion?.PromotedAt ?? pass.Now;
        var seen = await InstanceProbe.AskAsync(source, ct) ?? throw new TimeoutException($"{to} took a write and then no longer answered");
        if (pass.Cluster.Status?.Promotion is { Kind: PromotionKind.Failover, From: var from })
        {
            // Also where the end of its container is known: one that seemed silent may have been dead.
            var killed = await KilledAtAsync(pass, from, ct);
            pass.Keep(status => Decisions.Wrote(status, from, killed));
        }

        await pass.DecideAsync(status => Decisions.Complete(status, to, seen.Timeline, seen.History?.Fork, writable), null, ct);
        pass.Tell(
            new ClusterEvent(
                false,
                EventReasons.Promoted,
                $"{to} is the primary on timeline {seen.Timeline}{Receipt(pass.Cluster.Status?.LastPromotion)}"));
    }

    /// <summary>For the receipt alone: that the log cannot be read must not hold up the record of who is the primary.</summary>
    private async Task<DateTimeOffset?> KilledAtAsync(Pass pass, string instance, CancellationToken ct)
    {
        try
        {
            return ServerProcess.KilledAt(await logs.ReadLogAsync(pass.Key, instance, ct));
        }
        catch (Exception cause) when (cause is not OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>A fast shutdown, and when the instance took the last write of a probe; null when it took none.</summary>
    private async Task<DateTimeOffset?> StopUnderWatchAsync(Pass pass, string instance, CancellationToken ct)
    {
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var taken = new TaskCompletionSource();
        var probe = pass.Seen.Answer(instance) is { InRecovery: false }
            ? InstanceActions.LastWriteAsync(Source(pass, instance), clock, () => taken.TrySetResult(), stopped.Token)
            : Task.FromResult<DateTimeOffset?>(null);
        // Asked for at once with the stop, the first write could come too late for the receipt to know a gap.
        await Task.WhenAny(taken.Task, probe, Task.Delay(FirstWrite, clock, stopped.Token));
        try
        {
            await StopAsync(pass, instance, ct);
        }
        finally
        {
            await stopped.CancelAsync();
        }

        return await probe;
    }

    private static string Receipt(PromotionReceipt? receipt) => receipt is null ? ""
        : $", {receipt.Kind.ToString().ToLowerInvariant()} from {receipt.From}"
            + (receipt.WriteGapMs is { } gap ? string.Create(CultureInfo.InvariantCulture, $", no writes for {gap} ms") : "")
            + (receipt.LostBytes is 0 ? ", nothing lost" : "");

    private async Task AwaitReceivedAsync(Pass pass, string target, Lsn written, CancellationToken ct)
    {
        var received = default(Lsn);
        if (!await Until.HoldsAsync(HasAllAsync, ReceiveLimit, Glance, clock, ct))
        {
            throw new TimeoutException($"{target} received up to {received} only, not {written}; it is not promoted");
        }

        async Task<bool> HasAllAsync() => (received = await InstanceActions.ReceivedAsync(Source(pass, target), ct)) >= written;
    }

    private NpgsqlDataSource Source(Pass pass, string instance) => sessions.Demand(pass.Key, pass.Spec, instance);
}
