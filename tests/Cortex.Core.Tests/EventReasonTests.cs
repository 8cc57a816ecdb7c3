using System.Reflection;
using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Planning;

namespace Cortex.Core.Tests;

/// <summary>The reasons of events are part of the API: each is a constant, and each constant is a reason that occurs.</summary>
public sealed partial class EventReasonTests
{
    private static readonly string[] Folders = ["operator/Cortex.Core", "operator/Cortex.Engine", "operator/Cortex.Operator"];

    public static TheoryData<Type> Lists => [typeof(EventReasons), typeof(Reasons)];

    [Theory, MemberData(nameof(Lists))]
    public void Every_reason_is_one_CamelCase_word_and_says_its_own_name(Type list)
    {
        var constants = Constants(list);

        Assert.NotEmpty(constants);
        Assert.All(constants, pair => Assert.Matches("^([A-Z][a-z]+)+$", pair.Value));
        Assert.All(constants, pair => Assert.Equal(pair.Key, pair.Value));
    }

    /// <summary>A text in its place could be misspelt, and no list would show it.</summary>
    [Fact]
    public void Every_event_names_a_constant_as_its_reason()
    {
        var reasons = Sources().SelectMany(text => Event().Matches(text)).Select(match => match.Groups["reason"].Value).ToList();

        Assert.Contains("EventReasons.Promoted", reasons);
        Assert.Contains("Reasons.ActionFailed", reasons);
        Assert.Contains("EventReasons.BackupStarted", reasons);
        var known = new[] { typeof(EventReasons), typeof(Reasons) }.SelectMany(
            list => Constants(list).Keys.Select(name => $"{list.Name}.{name}"));
        // Those that are not named there are that of the condition Ready, and one that an event already has.
        Assert.Equal(["news.Reason", "now.Reason"], reasons.Distinct().Except(known).Order(StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Lists))]
    public void Every_reason_occurs(Type list)
    {
        var sources = string.Concat(Sources());

        Assert.All(Constants(list).Keys, name => Assert.Matches($@"\b{list.Name}\.{name}\b", sources));
    }

    private static Dictionary<string, string> Constants(Type list) => list.GetFields(BindingFlags.Public | BindingFlags.Static)
        .ToDictionary(field => field.Name, field => (string)field.GetRawConstantValue()!);

    private static IEnumerable<string> Sources() =>
        Folders.SelectMany(folder => Repository.Files(folder, "*.cs")).Select(File.ReadAllText);

    /// <summary>As events are made, or told of a resource: whether they warn, the reason, and a message.</summary>
    [GeneratedRegex(
        """(\bnew( ClusterEvent)?\(\s*(true|false|[\w.]+ is not \([^)]*\))|\bTell\(\s*\w+,\s*[\w.]+),\s*(?<reason>[\w.]+|"[^"]*"),""")]
    private static partial Regex Event();
}
