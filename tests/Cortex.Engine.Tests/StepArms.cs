using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Cortex.Core.Planning;

namespace Cortex.Engine.Tests;

/// <summary>A step without an arm would be planned, and fail only in the plan that needs it.</summary>
public sealed partial class StepArms
{
    public static TheoryData<string> Steps =>
        [.. typeof(Step).GetNestedTypes(BindingFlags.Public).Where(type => type.IsSubclassOf(typeof(Step))).Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Steps))]
    public void Every_step_has_an_arm_in_the_executor(string step) => Assert.Contains(step, Named("private Task ArmAsync", "private static async Task DecideAsync").Append(nameof(Step.Together)));

    /// <summary>Whoever is sent to the deciding arm and is not known there would be stored as no decision at all.</summary>
    [Fact]
    public void Every_deciding_step_has_its_decision()
    {
        var sent = DecidingArm().Match(Executor()).Value;
        var decided = Named("private static async Task DecideAsync", "private async Task ReleaseAsync");

        Assert.NotEmpty(sent);
        Assert.Empty(StepName().Matches(sent).Select(one => one.Groups["name"].Value).Except(decided));
    }

    private static IReadOnlyList<string> Named(string from, string to)
    {
        var source = Executor();
        var (start, end) = (source.IndexOf(from, StringComparison.Ordinal), source.IndexOf(to, StringComparison.Ordinal));
        Assert.True(start >= 0 && end > start, "PlanExecutor.cs has another shape now; see what this test reads");
        return [.. StepName().Matches(source[start..end]).Select(one => one.Groups["name"].Value).Distinct()];
    }

    private static string Executor([CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "../../operator/Cortex.Engine/Act/PlanExecutor.cs"));

    [GeneratedRegex(@"\bStep\.(?<name>\w+)")]
    private static partial Regex StepName();

    [GeneratedRegex(@"(Step\.\w+ or )*Step\.\w+ => DecideAsync")]
    private static partial Regex DecidingArm();
}
