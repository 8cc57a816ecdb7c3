namespace Cortex.Runtime;

/// <summary>What a reconcile that went well wishes for next. What went wrong is thrown.</summary>
public abstract record Outcome
{
    private Outcome() { }

    /// <summary>Nothing to do until something changes.</summary>
    public sealed record Done : Outcome;

    /// <summary>Look once more after this time although nothing may have changed; the reason is for people.</summary>
    public sealed record LookAgain(TimeSpan After, string Reason) : Outcome;
}
