namespace Cortex.Runtime;

/// <summary>What a reconcile that went well wishes for next. What went wrong is thrown.</summary>
public abstract record Outcome
{
    private Outcome() { }

    /// <summary>Nothing to do until something changes.</summary>
    public sealed record Done : Outcome;

    /// <summary>Look once more after this time although nothing may have changed; the reason is for people.</summary>
    public sealed record LookAgain(TimeSpan After, string Reason) : Outcome;

    /// <summary>Merges two wishes: the soonest look wins, and of two at the same time the first.</summary>
    public Outcome Or(Outcome other) => (this, other) switch
    {
        (LookAgain mine, LookAgain theirs) => theirs.After < mine.After ? theirs : mine,
        (Done, _) => other,
        _ => this,
    };
}

/// <summary>Ends a reconcile that retrying cannot help; the key rests until its object changes or someone enqueues it.</summary>
public sealed class TerminalException(string message, Exception? inner = null) : Exception(message, inner);
