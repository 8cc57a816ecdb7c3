namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>Removes the old copy of the data when the copy that replaced it streams.</summary>
internal static class DiscardOldCopies
{
    public static Verdict Decide(Situation now)
    {
        var done = now.Seen.Postgres
            .Where(one => one.Value is { IsStreamingStandby: true, HasOldCopy: true })
            .Select(one => one.Key).ToList();
        List<IReadOnlyList<Step>> lanes = [.. done.Select(IReadOnlyList<Step> (one) => [new Step.DiscardOldCopy(one)])];
        return done.Count == 0 ? Verdict.Nothing : now.WithoutImage ?? Verdict.DoAndLook(new Step.Together(lanes));
    }
}
