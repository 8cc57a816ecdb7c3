using System.Net;
using k8s;
using k8s.Autorest;
using k8s.LeaderElection;
using k8s.LeaderElection.ResourceLock;
using Microsoft.Extensions.Logging;

namespace Cortex.Runtime;

/// <param name="Identity">Unique among all candidates, including those on the same machine.</param>
public sealed record LeaseOptions(string Namespace, string Name, string Identity)
{
    /// <summary>
    /// How long the other candidates wait for a leader that died without releasing the lease. Whole seconds, because the lease counts
    /// seconds. All three defaults are those of client-go: each replica sends one request per retry period.
    /// </summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A leader that could not renew for this time stops leading.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the leader renews and the others check. A takeover after a clean stop takes this long.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <exception cref="ArgumentException">Two processes could lead at the same time.</exception>
    internal LeaseOptions Validated() => Duration > RenewDeadline + RetryPeriod
        ? this
        : throw new ArgumentException(
            $"{nameof(Duration)} ({Duration}) must be longer than {nameof(RenewDeadline)} and {nameof(RetryPeriod)} together, or two "
                + "processes could lead at the same time.");
}

/// <summary>
/// Leadership by a Lease (https://kubernetes.io/docs/concepts/architecture/leases/). The loss is reported by a token, because
/// <see cref="LeaderElector.IsLeader"/> stays true after it. The lease is released here, because the elector does not release it.
/// </summary>
public sealed partial class LeaseLeadership(
    Kubernetes client, LeaseOptions options, TimeProvider time, ILogger<LeaseLeadership> logger) : ILeadership
{
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(5);

    private readonly LeaseOptions lease = options.Validated();

    public async Task RunAsync(Func<Term, Task> lead, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && await RunTermAsync(lead, stop))
        {
            await Task.Delay(lease.RetryPeriod, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>Whether to become a candidate again, because the term was lost or did not start.</returns>
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
            // All work has ended, so another process may lead now. The candidacy's own token also ends a renewal that the elector has left
            // running.
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
        catch (Exception exception)
        {
            ElectionFailed(exception, lease.Namespace, lease.Name);
        }
    }

    /// <summary>
    /// Releases the lease as client-go does: no holder, and a duration of one second. The write names the version that was read, so that it
    /// cannot overwrite the lease of a successor.
    /// </summary>
    private async Task ReleaseAsync()
    {
        // Not the caller's token: it is already cancelled, and this request must still be sent.
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
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
        }
        catch (Exception exception)
        {
            NotReleased(exception, lease.Namespace, lease.Name, lease.Duration);
        }
    }

    [LoggerMessage(1200, LogLevel.Information, "{Identity} leads by lease {Namespace}/{Name}")]
    private partial void Leading(string identity, string @namespace, string name);

    [LoggerMessage(1201, LogLevel.Warning, "{Identity} lost lease {Namespace}/{Name}")]
    private partial void Lost(string identity, string @namespace, string name);

    [LoggerMessage(1202, LogLevel.Information, "{Identity} released lease {Namespace}/{Name}")]
    private partial void Released(string identity, string @namespace, string name);

    [LoggerMessage(1203, LogLevel.Warning, "Lease {Namespace}/{Name} could not be released; the next leader waits {Duration}")]
    private partial void NotReleased(Exception exception, string @namespace, string name, TimeSpan duration);

    [LoggerMessage(1204, LogLevel.Warning, "The election for lease {Namespace}/{Name} failed")]
    private partial void ElectionFailed(Exception exception, string @namespace, string name);

    [LoggerMessage(1205, LogLevel.Debug, "Lease {Namespace}/{Name} is held by '{Leader}'")]
    private partial void NewLeader(string @namespace, string name, string leader);
}
