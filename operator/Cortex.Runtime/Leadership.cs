namespace Cortex.Runtime;

/// <summary>One term of leadership, from its start to its loss or to the shutdown.</summary>
/// <param name="Token">Cancelled when leadership is lost. Another process may lead already, so stop writing immediately.</param>
/// <param name="Stopping">Cancelled at shutdown, while this process still leads. Finish running work and start no new work.</param>
public readonly record struct Term(CancellationToken Token, CancellationToken Stopping);

/// <summary>Decides when this process may work.</summary>
public interface ILeadership
{
    /// <summary>
    /// Calls <paramref name="lead"/> for each term until <paramref name="stop"/>. Leadership is kept until the call has returned.
    /// </summary>
    /// <param name="lead">Works until either token of the term is cancelled, and returns when everything that it started has ended.</param>
    Task RunAsync(Func<Term, Task> lead, CancellationToken stop);
}

/// <summary>For a control plane with only one process: one term, which is never lost.</summary>
public sealed class SoleLeadership : ILeadership
{
    public Task RunAsync(Func<Term, Task> lead, CancellationToken stop) => lead(new Term(CancellationToken.None, stop));
}
