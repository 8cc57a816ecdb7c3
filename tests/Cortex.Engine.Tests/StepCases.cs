using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Planning;

namespace Cortex.Engine.Tests;

/// <summary>A step without a case in the executor would fail only when a plan contains it.</summary>
public sealed partial class StepCases
{
    public static TheoryData<string> Steps =>
        [
            .. typeof(Step).GetNestedTypes(BindingFlags.Public).Where(
                type => type.IsSubclassOf(typeof(Step)) && type != typeof(Step.Together))
                .Select(type => type.Name),
        ];

    [Theory]
    [MemberData(nameof(Steps))]
    public void Every_step_has_a_case_in_the_executor_or_only_decides(string step)
    {
        var any = (Step)RuntimeHelpers.GetUninitializedObject(typeof(Step).GetNestedType(step)!);
        var decides = Decisions.Apply(new ClusterStatus(), any, DateTimeOffset.UnixEpoch, generation: 1) is not null;

        Assert.NotEqual(decides, Cases().Contains(step));
    }

    private static IReadOnlyList<string> Cases()
    {
        var source = Executor();
        var start = source.IndexOf("private Task ExecuteStepAsync", StringComparison.Ordinal);
        var end = source.IndexOf("private static async Task DecideAsync", StringComparison.Ordinal);
        Assert.True(start >= 0 && end > start, "PlanExecutor.cs has another shape now; see what this test reads");
        return [.. StepName().Matches(source[start..end]).Select(match => match.Groups["name"].Value).Distinct()];
    }

    private static string Executor([CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "../../operator/Cortex.Engine/Act/PlanExecutor.cs"));

    [GeneratedRegex(@"\bStep\.(?<name>\w+)")]
    private static partial Regex StepName();
}
