using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;
using Npgsql;

namespace Cortex.Engine.Act;

/// <summary>What makes instances follow their primary: their data, and the slots that keep WAL for them.</summary>
public sealed class Replication(PostgresSessions sessions, Provisioning provisioning, TimeProvider clock)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ReplayLimit = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The primary is told first what it has to keep. Its checkpoint brings the present timeline into pg_control, where pg_rewind looks for it; up to PostgreSQL 15
    /// nothing else does (https://www.postgresql.org/docs/15/app-pgrewind.html).
    /// </summary>
    public async Task JoinAsync(Pass pass, Step.Join step, CancellationToken ct)
    {
        var slot = Names.Slot(step.Instance);
        var primary = pass.Seen.Answer(step.From);
        if (primary is { InRecovery: false })
        {
            // A lost one is the mark of data that have to be replaced, and stays until they are.
            if (primary.Slots.GetValueOrDefault(slot) is not ({ Lost: true } or { Active: false, Reserved: true }))
            {
                await InstanceActions.ArrangeSlotsAsync(Source(pass, step.From), [slot], [], reserve: true, ct);
            }

            if (pass.Seen.Inventory.HasVolume(step.Instance))
            {
                await InstanceActions.CheckpointAsync(Source(pass, step.From), ct);
            }
        }

        if (await provisioning.JoinAsync(pass.Key, pass.Spec, step, pass.Cluster.Status!, pass.Image, ct) is { } end)
        {
            await pass.DecideAsync(status => Decisions.Lost(status, step.Instance, end), step.Says, ct);
        }

        if (primary?.Slots.GetValueOrDefault(slot) is { Lost: true })
        {
            await InstanceActions.ArrangeSlotsAsync(Source(pass, step.From), [slot], [], reserve: true, ct);
        }
    }

    public Task ArrangeSlotsAsync(Pass pass, Step.ArrangeSlots step, CancellationToken ct) =>
        InstanceActions.ArrangeSlotsAsync(Source(pass, step.Instance), step.Make, step.Drop, step.Reserve, ct);

    public async Task AwaitReplayAsync(Pass pass, Step.AwaitReplay step, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        var written = await InstanceActions.WrittenAsync(Source(pass, step.From), ct);
        while (!await InstanceActions.HasReplayedAsync(Source(pass, step.Instance), written, ct))
        {
            if (clock.GetElapsedTime(started) > ReplayLimit)
            {
                throw new TimeoutException($"{step.Instance} has not replayed up to {written} after {ReplayLimit.TotalSeconds:0} s; a long query on it may be in the way");
            }

            await Task.Delay(Poll, clock, ct);
        }
    }

    private NpgsqlDataSource Source(Pass pass, string instance) => sessions.Demand(pass.Key, pass.Spec, instance);
}
