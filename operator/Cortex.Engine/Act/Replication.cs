using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Act;

/// <summary>What standbys need to follow their primary: their data, and the slots that keep WAL for them.</summary>
public sealed class Replication(IJobs jobs, PostgresSessions sessions, Provisioning provisioning, TimeProvider clock)
{
    private static readonly TimeSpan ReplayCheckInterval = TimeSpan.FromMilliseconds(20);
    /// <summary>No instance is stopped before this wait; a later pass asks a standby again that needs longer.</summary>
    private static readonly TimeSpan ReplayLimit = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Reserves WAL on the primary first: between the end of a copy and the first connection of the standby, only the slot keeps this WAL.
    /// </summary>
    public async Task StartJoinAsync(Pass pass, Step.Join step, CancellationToken ct)
    {
        await ReserveAsync(pass, step.Instance, step.From, ct);
        if (Leads(pass, step.From) && pass.Seen.Inventory.HasVolume(step.Instance))
        {
            // A checkpoint writes the present timeline into pg_control, where pg_rewind reads it; up to PostgreSQL 15 nothing else does
            // (https://www.postgresql.org/docs/15/app-pgrewind.html).
            await InstanceActions.CheckpointAsync(sessions.Demand(pass, step.From), ct);
        }

        await provisioning.StartJoinAsync(pass, step, ct);
    }

    /// <summary>
    /// A copy may take so long that the slot exceeds the limit for kept WAL and is lost. Then WAL is reserved again; without it the copy
    /// could not be used.
    /// </summary>
    public async Task FinishJoinAsync(Pass pass, Step.FinishJoin step, CancellationToken ct)
    {
        if (await provisioning.FinishJoinAsync(pass, step, ct) is { } end)
        {
            await pass.DecideAsync(status => Decisions.Lost(status, step.Instance, end), step.Says, ct);
        }

        await ReserveAsync(pass, step.Instance, step.From, ct);
        if (Leads(pass, step.From))
        {
            await InstanceActions.WriteRecordAsync(sessions.Demand(pass, step.From), ct);
        }

        await jobs.EndJobAsync(pass.Key, step.Instance, ct);
    }

    public Task EndJobAsync(Pass pass, Step.EndJob step, CancellationToken ct) => jobs.EndJobAsync(pass.Key, step.Instance, ct);

    public Task ArrangeSlotsAsync(Pass pass, Step.ArrangeSlots step, CancellationToken ct) =>
        InstanceActions.ArrangeSlotsAsync(sessions.Demand(pass, step.Instance), step.Make, step.Drop, step.Reserve, ct);

    public async Task AwaitReplayAsync(Pass pass, Step.AwaitReplay step, CancellationToken ct)
    {
        var written = await InstanceActions.WrittenAsync(sessions.Demand(pass, step.From), ct);
        if (!await Until.HoldsAsync(HasReplayedAsync, ReplayLimit, ReplayCheckInterval, clock, ct))
        {
            throw new TimeoutException(
                $"{step.Instance} has not replayed up to {written} after {ReplayLimit.TotalSeconds:0} s; "
                    + "a long query on it may block the replay");
        }

        Task<bool> HasReplayedAsync() => InstanceActions.HasReplayedAsync(sessions.Demand(pass, step.Instance), written, ct);
    }

    private async Task ReserveAsync(Pass pass, string instance, string primary, CancellationToken ct)
    {
        if (Leads(pass, primary))
        {
            await InstanceActions.ReserveAsync(sessions.Demand(pass, primary), Names.Slot(instance), ct);
        }
    }

    private static bool Leads(Pass pass, string primary) => pass.Seen.Answer(primary) is { AcceptsWrites: true };
}
