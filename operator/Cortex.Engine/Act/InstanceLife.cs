using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Secrets;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Act;

/// <summary>Starts, stops, hands over and promotes instances.</summary>
public sealed class InstanceLife(
    IPods pods, IInstanceFiles files, IInstanceLogs logs, SecretVault vault, PostgresSessions sessions, Provisioning provisioning,
    TimeProvider clock, IRepositoryVolumes? repositories = null)
{
    private static readonly TimeSpan ReloadCheckInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>A reload takes milliseconds. The next pass looks again at a server that needs longer.</summary>
    private static readonly TimeSpan ReloadLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PromoteLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The sender has ended before this wait begins: the rest of its WAL is in the buffers of the kernel, and no more follows. Usually that
    /// takes milliseconds; on a machine under load, a standby may get no processor for a second.
    /// </summary>
    private static readonly TimeSpan ReceiveLimit = TimeSpan.FromSeconds(5);

    /// <summary>The interval between questions while no instance accepts writes.</summary>
    private static readonly TimeSpan ReceiveCheckInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>The time to open a session, if necessary, and to write once.</summary>
    private static readonly TimeSpan FirstWriteLimit = TimeSpan.FromSeconds(1);

    /// <summary>The time to shut down for a primary that runs but does not answer: it may still have WAL to send.</summary>
    private static readonly TimeSpan SilentShutdownTimeout = TimeSpan.FromSeconds(2);

    public Task StartAsync(Pass pass, string instance, CancellationToken ct) =>
        pods.StartPodAsync(pass.Key, pods.Describe(pass.Cluster, instance, pass.Image), ct);

    /// <summary>
    /// Checks what the instance's pod needs, and makes the volume for backups where the target does not make it with the pod.
    /// </summary>
    /// <exception cref="TargetException">The target could not make the instance's pod.</exception>
    public async Task CheckPlacementAsync(Pass pass, string instance, CancellationToken ct)
    {
        pods.CheckPlacement(pods.Describe(pass.Cluster, instance, pass.Image));
        if (repositories is not null && pass.Spec.Backup?.Repository.Directory is { } repository)
        {
            await repositories.EnsureRepositoryAsync(pass.Key, repository, ct);
        }
    }

    public Task RemoveAsync(Pass pass, string instance, CancellationToken ct) => pods.DeletePodAsync(pass.Key, instance, ct);

    public async Task ConfigureAsync(Pass pass, string instance, CancellationToken ct)
    {
        var written = await provisioning.ConfigureAsync(pass, instance, ct);
        if (pass.Seen.Answer(instance) is null)
        {
            return;
        }

        await InstanceActions.ReloadAsync(sessions.Demand(pass, instance), ct);
        provisioning.NoteReload(pass, instance, written);
        await AwaitLoadedAsync(pass, instance, written, ct);
    }

    /// <summary>
    /// Returns when the server has loaded the configuration, or after <see cref="ReloadLimit"/>: the next pass sees more.
    /// </summary>
    private async Task AwaitLoadedAsync(Pass pass, string instance, string written, CancellationToken ct)
    {
        var source = sessions.Demand(pass, instance);
        using var limit = new CancellationTokenSource(ReloadLimit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            await Until.HoldsAsync(HasLoadedAsync, ReloadLimit, ReloadCheckInterval, clock, either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The policy "configure" holds the cluster until the server reports the configuration.
        }

        // The limit also ends a question that the server does not answer.
        async Task<bool> HasLoadedAsync() =>
            (await InstanceProbe.AskAsync(source, either.Token).WaitAsync(either.Token))?.Revision == written;
    }

    public Task CheckpointAsync(Pass pass, string instance, CancellationToken ct) =>
        InstanceActions.CheckpointAsync(sessions.Demand(pass, instance), ct);

    public async Task EnsureDatabaseAsync(Pass pass, CancellationToken ct)
    {
        var passwords = RolePasswords.From(pass.Key, vault.Held(pass.Key))?.Demand(pass.Key)
            ?? throw new TargetException("a password is missing; it is made in the next pass");
        var database = pass.Spec.Database;
        var status = pass.Cluster.Status!;
        await ApplicationDatabase.EnsureAsync(
            sessions.Demand(pass, status.Primary!), database, passwords, wasThere: status.Database == database.Name, ct);
    }

    /// <summary>
    /// Stops the instance through the target, so that no restart policy starts it again, and returns when it is proven to be stopped.
    /// </summary>
    public async Task FenceAsync(Pass pass, Step.Fence step, CancellationToken ct)
    {
        var runs = pass.Seen.Inventory.Pod(step.Instance) is { State: PodState.Running };
        var mayHaveWal = runs
            && !(
                sessions.For(pass.Key, pass.Spec, step.Instance) is { } source
                    && await ConnectionRefusal.IsSeenAsync(source, ConnectionRefusal.RefusalTimeout, ct));
        var end = mayHaveWal
            ? await pods.StopPodAsync(pass.Key, step.Instance, SilentShutdownTimeout, ct)
            : await pods.FencePodAsync(pass.Key, step.Instance, ct);
        sessions.Clear(pass.Key, step.Instance);
        // If the server was dead before, the end of its container does not say when the server ended.
        var wrote = (runs && !mayHaveWal) || end is { ExitCode: ServerProcess.WasDead } ? null : end?.At;
        // The following steps, RecordFence or CommitPromotion, write that it was fenced: an instance is fenced for other reasons, too.
        pass.Keep(status => Decisions.Wrote(status, step.Instance, wrote));
        pass.Tell(
            new ClusterEvent(
                true, EventReasons.InstanceFenced, $"{step.Instance} was fenced and can return only as a standby: {step.Why}"));
    }

    /// <summary>A fast shutdown.</summary>
    public async Task StopAsync(Pass pass, string instance, CancellationToken ct)
    {
        await pods.StopPodAsync(pass.Key, instance, ShutdownTimeout, ct);
        sessions.Clear(pass.Key, instance);
    }

    /// <summary>
    /// In a fast shutdown, the primary sends every streaming standby all WAL up to the shutdown checkpoint
    /// (https://www.postgresql.org/docs/current/server-shutdown.html). The control file then says at which LSN this checkpoint ends, and
    /// the target must have received it. Can be repeated after the primary has ended.
    /// </summary>
    public async Task HandOverAsync(Pass pass, Step.HandOver step, CancellationToken ct)
    {
        if (pass.Seen.Answer(step.Instance) is { AcceptsWrites: true })
        {
            // The shutdown, during which no client can write, then has little left to write.
            await InstanceActions.CheckpointAsync(sessions.Demand(pass, step.Instance), ct);
        }

        var written = await StopWhileWritingAsync(pass, step.Instance, ct);
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
        await InstanceActions.PromoteAsync(sessions.Demand(pass, instance), PromoteLimit, clock, ct);
        pass.Keep(status => Decisions.Promoted(status, pass.Now));
    }

    public async Task CompletePromotionAsync(Pass pass, string to, CancellationToken ct)
    {
        var source = sessions.Demand(pass, to);
        await InstanceActions.PromoteAsync(source, PromoteLimit, clock, ct);
        var writable = pass.Cluster.Status?.Promotion?.PromotedAt ?? pass.Now;
        var seen = await InstanceProbe.AskAsync(source, ct) ?? throw new TimeoutException($"{to} took a write and then no longer answered");
        if (pass.Cluster.Status?.Promotion is { Kind: PromotionKind.Failover, From: var from })
        {
            // Also where the end of the container is known: a server that did not answer may have been dead before.
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

    /// <summary>For the receipt only: a log that cannot be read must not delay the record of the new primary.</summary>
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

    /// <summary>
    /// A fast shutdown, while a probe writes. Returns the time of the last write that the instance accepted from the probe; null when it
    /// accepted none.
    /// </summary>
    private async Task<DateTimeOffset?> StopWhileWritingAsync(Pass pass, string instance, CancellationToken ct)
    {
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var taken = new TaskCompletionSource();
        var probe = pass.Seen.Answer(instance) is { AcceptsWrites: true }
            ? InstanceActions.LastWriteAsync(sessions.Demand(pass, instance), clock, () => taken.TrySetResult(), stopped.Token)
            : Task.FromResult<DateTimeOffset?>(null);
        // Without this wait, the first write could come after the stop, and the receipt would lack the gap.
        await Task.WhenAny(taken.Task, probe, Task.Delay(FirstWriteLimit, clock, stopped.Token));
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
        if (!await Until.HoldsAsync(HasAllAsync, ReceiveLimit, ReceiveCheckInterval, clock, ct))
        {
            throw new TimeoutException($"{target} received up to {received} only, not {written}; it is not promoted");
        }

        async Task<bool> HasAllAsync() => (received = await InstanceActions.ReceivedAsync(sessions.Demand(pass, target), ct)) >= written;
    }
}
