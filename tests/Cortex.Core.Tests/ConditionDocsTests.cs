using System.Reflection;
using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Tests.Builders;

namespace Cortex.Core.Tests;

/// <summary>docs/conditions.md tells a user what each condition means, and what to do for each reason.</summary>
public sealed partial class ConditionDocsTests
{
    private const string Types = "| type |";
    private const string Reason = "| reason |";

    private static readonly string[] Page = File.ReadAllLines(Repository.Path("docs/conditions.md"));

    [Fact]
    public void Each_type_of_a_condition_has_one_row() =>
        Assert.Equal(Constants(typeof(ConditionTypes)), Rows(Types).Order(StringComparer.Ordinal));

    [Fact]
    public void Each_reason_has_a_row_and_each_row_is_of_a_reason() =>
        Assert.Equal(Constants(typeof(Reasons)), Rows(Reason).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Each_row_says_what_to_do() =>
        Assert.All(Page.Where(line => Row().IsMatch(line)), line => Assert.All(Cells(line), cell => Assert.NotEmpty(cell)));

    private static IEnumerable<string> Constants(Type list) => list.GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (string)field.GetRawConstantValue()!).Order(StringComparer.Ordinal);

    /// <summary>The names in the first column of the tables whose header begins in this way.</summary>
    private static List<string> Rows(string header)
    {
        List<string> found = [];
        foreach (var start in Enumerable.Range(0, Page.Length).Where(line => Page[line].StartsWith(header, StringComparison.Ordinal)))
        {
            found.AddRange(Page.Skip(start + 2).TakeWhile(line => line.StartsWith('|')).Select(NameIn));
        }

        Assert.NotEmpty(found);
        return found;
    }

    private static string NameIn(string line)
    {
        var row = Row().Match(line);
        Assert.True(row.Success, line);
        return row.Groups["name"].Value;
    }

    private static IEnumerable<string> Cells(string line) => line.Trim('|').Split('|').Select(cell => cell.Trim());

    /// <summary>A row begins with a name in backticks and has at least two more cells.</summary>
    [GeneratedRegex(@"^\| `(?<name>\w+)` \|.*\|.*\|$")]
    private static partial Regex Row();
}
