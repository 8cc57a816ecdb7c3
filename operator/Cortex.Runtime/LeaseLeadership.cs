using System.Net;
using k8s;
using k8s.Autorest;
using k8s.LeaderElection;
using k8s.LeaderElection.ResourceLock;
using Microsoft.Extensions.Logging;

namespace Cortex.Runtime;

/// <param name="Identity">Unique among all candidates, those on the same machine included.</param>
public sealed record LeaseOptions(string Namespace, string Name, string Identity)
{
    /// <summary>
    /// How long a leader that died without a word is waited for. Whole seconds, as the lease counts them. This and the others are
    /// client-go's: each replica asks once in a retry period.
    /// </summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>After how long without a renewal the leader gives up by itself.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the leader renews and the others look: how long a takeover takes after a clean stop.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <exception cref="ArgumentException">Two could lead at once.</exception>
    internal LeaseOptions Checked() => Duration > RenewDeadline + RetryPeriod
        ? this
        : throw new ArgumentException(
            $"{nameof(Duration)} ({Duration}) must be longer than {nameof(RenewDeadline)} and {nameof(RetryPeriod)} together, else two "
                + "could lead at once.");
}

/// <summary>
/// Leadership by a Lease (https://kubernetes.io/docs/concepts/architecture/leases/). Losing it is a token, because
/// <see cref="LeaderElector.IsLeader"/> goes on saying yes; and the lease is given back here, because the elector keeps it.
/// </summary>
public sealed partial class LeaseLeadership(
    Kubernetes client, LeaseOptions options, TimeProvider time, ILogger<LeaseLeadership> logger) : ILeadership
{
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(5);

    private readonly LeaseOptions lease = options.Checked();

    public async Task RunAsync(Func<Term, Task> lead, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && await RunTermAsync(lead, stop))
        {
            await Task.Delay(lease.RetryPeriod, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>Whether to stand for another term: this one was lost, or never came about.</returns>
    private async Task<bool> RunTermAsync(Func<Term, Task> lead, CancellationToken stop)
    {
        using var term = new CancellationTokenSource();
        using var candidacy = new CancellationTokenSource();
        var leading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var elector = Elector();
        elector.OnStartedLeading += () => leading.TrySetResult();
        elector.OnStoppedLeading += term.Cancel;
        var election = elector.RunUntilLeadershipLostAsync(candidacy.Token);
        try
        {
            Task either = Task.WhenAny(leading.Task, election);
            await either.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!leading.Task.IsCompleted || stop.IsCancellationRequested)
            {
                return !stop.IsCancellationRequested;
            }

            Leading(lease.Identity, lease.Namespace, lease.Name);
            await lead(new Term(term.Token, stop));
            return term.IsCancellationRequested;
        }
        finally
        {
            // Only now, with all work ended, may another lead. The candidacy's own token also ends a renewal that the elector left behind.
            var lost = term.IsCancellationRequested;
            await candidacy.CancelAsync();
            await EndAsync(election);
            if (lost)
            {
                Lost(lease.Identity, lease.Namespace, lease.Name);
            }
            else if (leading.Task.IsCompleted || stop.IsCancellationRequested)
            {
                await ReleaseAsync();
            }
        }
    }

    private LeaderElector Elector()
    {
        var elector = new LeaderElector(new LeaderElectionConfig(new LeaseLock(client, lease.Namespace, lease.Name, lease.Identity))
        {
            LeaseDuration = lease.Duration,
            RenewDeadline = lease.RenewDeadline,
            RetryPeriod = lease.RetryPeriod,
        });
        elector.OnNewLeader += leader => NewLeader(lease.Namespace, lease.Name, leader);
        return elector;
    }

    private async Task EndAsync(Task election)
    {
        try
        {
            await election;
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception e)
        {
            ElectionFailed(e, lease.Namespace, lease.Name);
        }
    }

    /// <summary>
    /// Gives the lease back as client-go does: no holder, one second. Guarded by the version that was read, so that a successor's lease is
    /// safe.
    /// </summary>
    private async Task ReleaseAsync()
    {
        // Not the caller's token: this runs because that one was cancelled, and must finish.
        using var deadline = new CancellationTokenSource(ReleaseTimeout, time);
        try
        {
            var held = await client.CoordinationV1.ReadNamespacedLeaseAsync(lease.Name, lease.Namespace, cancellationToken: deadline.Token);
            if (held.Spec?.HolderIdentity != lease.Identity)
            {
                return;
            }

            held.Spec.HolderIdentity = "";
            held.Spec.LeaseDurationSeconds = 1;
            held.Spec.RenewTime = held.Spec.AcquireTime = time.GetUtcNow().UtcDateTime;
            await client.CoordinationV1.ReplaceNamespacedLeaseAsync(held, lease.Name, lease.Namespace, cancellationToken: deadline.Token);
            Released(lease.Identity, lease.Namespace, lease.Name);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
        }
        catch (Exception e)
        {
            NotReleased(e, lease.Namespace, lease.Name, lease.Duration);
        }
    }

    [LoggerMessage(1200, LogLevel.Information, "{Identity} leads by lease {Namespace}/{Name}")]
    private partial void Leading(string identity, string @namespace, string name);

    [LoggerMessage(1201, LogLevel.Warning, "{Identity} lost lease {Namespace}/{Name}")]
    private partial void Lost(string identity, string @namespace, string name);

    [LoggerMessage(1202, LogLevel.Information, "{Identity} gave lease {Namespace}/{Name} back")]
    private partial void Released(string identity, string @namespace, string name);

    [LoggerMessage(1203, LogLevel.Warning, "Lease {Namespace}/{Name} could not be given back; the next leader waits {Duration}")]
    private partial void NotReleased(Exception e, string @namespace, string name, TimeSpan duration);

    [LoggerMessage(1204, LogLevel.Warning, "Standing for lease {Namespace}/{Name} failed")]
    private partial void ElectionFailed(Exception e, string @namespace, string name);

    [LoggerMessage(1205, LogLevel.Debug, "Lease {Namespace}/{Name} is held by '{Leader}'")]
    private partial void NewLeader(string @namespace, string name, string leader);
}
