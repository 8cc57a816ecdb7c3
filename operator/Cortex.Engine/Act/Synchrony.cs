using System.Globalization;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Act;

/// <summary>Suspends and confirms synchronous replication, as PostgreSQL itself reports it.</summary>
public sealed class Synchrony(PostgresSessions sessions, TimeProvider clock)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ConfirmLimit = TimeSpan.FromSeconds(2);

    /// <summary>A standby that connects again is back within this time, see wal_retrieve_retry_interval.</summary>
    private static readonly TimeSpan ReconnectTimeout = TimeSpan.FromMilliseconds(500);

    public async Task SuspendAsync(Pass pass, Step.SuspendSynchronous step, CancellationToken ct)
    {
        var source = sessions.Demand(pass, step.Primary);
        if (!await Until.HoldsAsync(AnyStreamsAsync, ReconnectTimeout, PollInterval, clock, ct))
        {
            await pass.DecideAsync(Decisions.Suspended, step.Says, ct);
            pass.Tell(
                new ClusterEvent(
                    true,
                    EventReasons.SynchronousSuspended,
                    $"commits on {step.Primary} no longer wait for a standby, because none of {string.Join(", ", step.Among)} streams"));
        }

        Task<bool> AnyStreamsAsync() => SynchronousSql.AnyStreamsAsync(source, step.Among, ct);
    }

    /// <summary>
    /// Confirms first that no process of the primary uses the old setting, then that one standby has everything up to a position that is
    /// read after that.
    /// </summary>
    public async Task ConfirmAsync(Pass pass, Step.ConfirmSynchronous step, CancellationToken ct)
    {
        var source = sessions.Demand(pass, step.Primary);
        if (step.FromNothing)
        {
            await SynchronousSql.PublishAsync(source, ct);
        }

        var position = default(Lsn?);
        var confirmed = await Until.HoldsAsync(
            async () =>
            {
                position ??= await SynchronousSql.PositionAsync(source, step.Among, ct);
                return position is { } written && await SynchronousSql.AnyHasAsync(source, step.Among, written, ct);
            },
            ConfirmLimit,
            PollInterval,
            clock,
            ct);
        if (!confirmed)
        {
            var among = string.Join(", ", step.Among);
            throw new TimeoutException(string.Create(
                CultureInfo.InvariantCulture,
                $"none of {among} has confirmed all that {step.Primary} acknowledged after {ConfirmLimit.TotalSeconds:0} s"));
        }
    }
}
