namespace Cortex.Runtime;

/// <summary>One term of leadership, from acquiring it to losing it or stopping.</summary>
/// <param name="Token">Cancelled the moment leadership is lost: another may lead already, so stop writing at once.</param>
/// <param name="Stopping">Cancelled at shutdown, while still leading: finish what runs, start nothing new.</param>
public readonly record struct Term(CancellationToken Token, CancellationToken Stopping);

/// <summary>Decides when this process may work.</summary>
public interface ILeadership
{
    /// <summary>
    /// Calls <paramref name="lead"/> for each term until <paramref name="stop"/>. Leadership is kept until the call has returned.
    /// </summary>
    /// <param name="lead">Works until either token of its term is cancelled and everything it started has ended.</param>
    Task RunAsync(Func<Term, Task> lead, CancellationToken stop);
}

/// <summary>For a control plane that is alone by construction: one term that is never lost.</summary>
public sealed class SoleLeadership : ILeadership
{
    public Task RunAsync(Func<Term, Task> lead, CancellationToken stop) => lead(new Term(CancellationToken.None, stop));
}
