using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Manifests;
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
    IExecutionTarget target, SecretVault vault, PostgresSessions sessions, Provisioning provisioning, TimeProvider clock)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PromoteLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan HandOverGrace = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ReceiveLimit = TimeSpan.FromSeconds(10);

    /// <summary>A primary that runs but does not answer may still have WAL to send; more than this it does not get.</summary>
    private static readonly TimeSpan SilentGrace = TimeSpan.FromSeconds(2);

    public Task StartAsync(Pass pass, string instance, CancellationToken ct) =>
        target.StartPodAsync(pass.Key, InstancePod.Render(pass.Key, pass.Spec, instance, pass.Image), ct);

    /// <summary>Waits until the instance answers and is as wished; bounded.</summary>
    public async Task AwaitAsync(Pass pass, string instance, Func<PostgresSeen, bool> asWished, string wish, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        var source = Source(pass, instance);
        while (await InstanceProbe.AskAsync(source, ct) is not { } seen || !asWished(seen))
        {
            if (clock.GetElapsedTime(started) > AnswerLimit)
            {
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"{instance} does not {wish} after {AnswerLimit.TotalSeconds:0} s; see its log: cortex logs {instance}"));
            }

            await Task.Delay(Poll, clock, ct);
        }
    }

    public async Task ConfigureAsync(Pass pass, string instance, CancellationToken ct)
    {
        var written = await provisioning.ConfigureAsync(pass.Key, pass.Spec, instance, pass.Image, ct);
        if (pass.Seen.Answer(instance) is null)
        {
            return;
        }

        await InstanceActions.ReloadAsync(Source(pass, instance), ct);
        await AwaitAsync(pass, instance, seen => seen.Revision == written, "load its configuration", ct);
    }

    public async Task EnsureDatabaseAsync(Pass pass, CancellationToken ct)
    {
        var passwords = RolePasswords.From(pass.Key, vault.Held(pass.Key)) ?? throw new TargetException("a password is missing; it is made in the next pass");
        await ApplicationDatabase.EnsureAsync(Source(pass, pass.Cluster.Status!.Primary!), pass.Spec.Database, passwords, ct);
    }

    /// <summary>Stopped through the target, so that no restart policy acts, and seen stopped.</summary>
    public async Task FenceAsync(Pass pass, Step.Fence step, CancellationToken ct)
    {
        var hung = pass.Seen.Inventory.Pod(step.Instance)?.State == PodState.Running;
        await target.StopPodAsync(pass.Key, step.Instance, hung ? SilentGrace : TimeSpan.Zero, ct);
        sessions.Clear(pass.Key, step.Instance);
        pass.Keep(status => Decisions.StoppedOld(status, pass.Now));
        pass.Tell(warning: true, "Fenced", $"{step.Instance} was stopped: {step.Why}");
    }

    /// <summary>
    /// A fast shutdown sends every standby that streams all WAL up to the shutdown checkpoint before it ends
    /// (https://www.postgresql.org/docs/current/server-shutdown.html); a clean end and a target at or past the last known write prove it.
    /// </summary>
    public async Task HandOverAsync(Pass pass, Step.HandOver step, CancellationToken ct)
    {
        var written = await InstanceActions.CheckpointAsync(Source(pass, step.Instance), ct);
        var exitCode = await target.StopPodAsync(pass.Key, step.Instance, HandOverGrace, ct);
        sessions.Clear(pass.Key, step.Instance);
        if (exitCode != 0)
        {
            throw new TargetException(string.Create(CultureInfo.InvariantCulture, $"{step.Instance} did not stop cleanly (exit code {exitCode}); {step.Target} is not promoted"));
        }

        await AwaitReceivedAsync(pass, step.Target, written, ct);
        pass.Keep(status => Decisions.StoppedOld(status, pass.Now));
    }

    public async Task PromoteAsync(Pass pass, string instance, CancellationToken ct)
    {
        await InstanceActions.PromoteAsync(Source(pass, instance), PromoteLimit, clock, ct);
        pass.Keep(status => Decisions.Promoted(status, pass.Now));
    }

    public async Task CompletePromotionAsync(Pass pass, string to, CancellationToken ct)
    {
        var timeline = await InstanceActions.PromoteAsync(Source(pass, to), PromoteLimit, clock, ct);
        await pass.DecideAsync(status => Decisions.Complete(status, to, timeline, pass.Now), null, ct);
        var receipt = pass.Cluster.Status?.LastPromotion;
        pass.Tell(
            warning: false, "Promoted", $"{to} is the primary on timeline {timeline}{(receipt is null ? "" : $", {receipt.Kind.ToString().ToLowerInvariant()} from {receipt.From}")}");
    }

    private async Task AwaitReceivedAsync(Pass pass, string target, Lsn written, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        while (await InstanceActions.ReceivedAsync(Source(pass, target), ct) is var received && received < written)
        {
            if (clock.GetElapsedTime(started) > ReceiveLimit)
            {
                throw new TimeoutException($"{target} received up to {received} only, not {written}; it is not promoted");
            }

            await Task.Delay(Poll, clock, ct);
        }
    }

    private NpgsqlDataSource Source(Pass pass, string instance) =>
        sessions.For(pass.Key, pass.Spec, instance) ?? throw new TargetException("the operator has no certificate yet; it is issued in the next pass");
}
