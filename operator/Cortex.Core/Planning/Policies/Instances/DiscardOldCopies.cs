namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>Removes the old copy of the data when the copy that replaced it streams.</summary>
internal static class DiscardOldCopies
{
    public static Verdict Decide(Situation now)
    {
        var done = now.Seen.Postgres
            .Where(pair => pair.Value is { IsStreamingStandby: true, HasOldCopy: true })
            .Select(pair => pair.Key).ToList();
        List<IReadOnlyList<Step>> lanes = [.. done.Select(IReadOnlyList<Step> (name) => [new Step.DiscardOldCopy(name)])];
        return done.Count == 0 ? Verdict.Nothing : now.WithoutImage ?? Verdict.DoAndLook(new Step.Together(lanes));
    }
}
