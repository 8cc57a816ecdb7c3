namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>The copy that a new one replaced goes when the new one streams.</summary>
internal static class DiscardOldCopies
{
    public static Verdict Decide(Situation now)
    {
        var done = now.Seen.Postgres.Where(one => one.Value is { InRecovery: true, Streaming: true, HasOldCopy: true }).Select(one => one.Key).ToList();
        return done.Count == 0 ? Verdict.Nothing
            : now.WithoutImage ?? Verdict.DoAndLook(new Step.Together([.. done.Select(IReadOnlyList<Step> (one) => [new Step.DiscardOldCopy(one)])]));
    }
}
