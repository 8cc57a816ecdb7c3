namespace Cortex.Runtime;

/// <summary>What a successful reconcile asks for next. A failed reconcile throws.</summary>
public abstract record Outcome
{
    private Outcome() { }

    /// <summary>Nothing to do until something changes.</summary>
    public sealed record Done : Outcome;

    /// <summary>Reconcile again after this delay, even if nothing has changed. The reason is for people.</summary>
    public sealed record RequeueAfter(TimeSpan Delay, string Reason) : Outcome;
}
