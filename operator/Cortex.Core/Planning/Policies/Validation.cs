namespace Cortex.Core.Planning.Policies;

internal static class Validation
{
    public static Verdict Refuse(Situation now) => Verdict.Nothing;

    public static Verdict RespectOthers(Situation now) => Verdict.Nothing;
}
