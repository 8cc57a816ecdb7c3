using System.Reflection;
using System.Text.RegularExpressions;
using Cortex.Core.Planning;
using Cortex.Core.Tests.Builders;

namespace Cortex.Core.Tests;

/// <summary>Each policy of the planner is found by its name: in the list, in its file and in the table of docs/architecture.md.</summary>
public sealed partial class PolicyFiles
{
    private const string Folder = "operator/Cortex.Core/Planning/Policies";
    private const string Planner = "operator/Cortex.Core/Planning/ClusterPlanner.cs";
    private const int LargestFolder = 15;

    private static IReadOnlyList<string> Files => [.. Repository.Files(Folder, "*.cs").Select(Repository.Relative)];

    private static IReadOnlyList<string> PolicyPaths => [.. Files.Where(file => !Shared().IsMatch(file))];

    [Fact]
    public void The_page_on_the_architecture_names_the_policies_in_their_order() =>
        Assert.Equal(ClusterPlanner.PolicyNames, Rows().SelectMany(row => row.Split('|')[1].Split(',')).Select(name => name.Trim()));

    [Fact]
    public void Every_policy_is_the_file_and_the_class_of_its_name()
    {
        Assert.Equal(
            ClusterPlanner.PolicyNames.Select(Pascal).Order(StringComparer.Ordinal),
            PolicyPaths.Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));
        Assert.All(Listed(), policy => Assert.Equal(Pascal(policy.Name), policy.Decide.Method.DeclaringType!.Name));
    }

    [Fact]
    public void A_policy_has_one_public_method() =>
        Assert.All(Listed(), policy => Assert.Equal(["Decide"], PublicMethods(policy.Decide.Method.DeclaringType!)));

    [Fact]
    public void Only_the_planner_asks_a_policy()
    {
        var policies = PolicyPaths.ToHashSet();
        var uses = from entry in SourceReferences.OfOperator()
                   where entry.Key != Planner
                   from policy in entry.Value.Where(policies.Contains)
                   select $"{entry.Key} uses {policy}";

        Assert.Empty(uses);
    }

    [Fact]
    public void No_folder_of_policies_is_too_full_to_be_read_at_once() =>
        Assert.DoesNotContain(Files.GroupBy(Path.GetDirectoryName), folder => folder.Count() > LargestFolder);

    private static IEnumerable<string> Rows() => File.ReadLines(Repository.Path("docs/architecture.md"))
        .SkipWhile(line => line != "| policy | in words |").Skip(2).TakeWhile(line => line.StartsWith('|'));

    private static (string Name, Func<Situation, Verdict> Decide)[] Listed()
    {
        var list = typeof(ClusterPlanner).GetField("Policies", BindingFlags.NonPublic | BindingFlags.Static)!;
        return ((string Name, Func<Situation, Verdict> Decide)[])list.GetValue(null)!;
    }

    private static IEnumerable<string> PublicMethods(Type type) =>
        type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Select(method => method.Name);

    private static string Pascal(string name) => string.Concat(name.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>What policies share.</summary>
    [GeneratedRegex(@"(Checks|Plan|Record)\.cs$")]
    private static partial Regex Shared();
}
