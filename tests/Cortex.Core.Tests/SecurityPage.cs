using System.Text.RegularExpressions;
using Cortex.Core.Tests.Builders;

namespace Cortex.Core.Tests;

/// <summary>docs/security.md names the test of each promise: the named tests exist, and each promise has one.</summary>
public sealed partial class SecurityPage
{
    private static readonly string Page = File.ReadAllText(Repository.Path("docs/security.md"));

    [Fact]
    public void Every_test_that_is_named_exists()
    {
        var tests = Repository.Files("tests", "*.cs").SelectMany(file => TestsIn(File.ReadAllText(file))).ToHashSet();
        var named = NamedTest().Matches(Page).Select(match => match.Groups["test"].Value).Distinct().ToList();

        Assert.NotEmpty(named);
        Assert.Empty(named.Except(tests));
    }

    [Fact]
    public void Every_promise_has_a_test()
    {
        var promises = Page.Split("\n## ").Single(part => part.StartsWith("Promised\n", StringComparison.Ordinal)).Split('\n')
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(2).ToList();

        Assert.NotEmpty(promises);
        Assert.All(promises, line => Assert.Matches(NamedTest(), line.Split(" | ")[1]));
    }

    [Fact]
    public void A_method_without_an_attribute_is_not_a_test() => Assert.Equal(
        ["SomeTests.Holds", "SomeTests.Is_asked_on_every_target"],
        TestsIn("""
            public sealed partial class SomeTests
            {
                [Fact]
                public void Holds() { }

                public void Helps() { }

                [Theory, InlineData(1)]
                [Trait("Level", "deep")]
                public async Task Is_asked_on_every_target(int times) => await Nothing(times);
            }
            """));

    /// <summary>
    /// A file has the tests of one class, whose name is at the beginning of a line; the contract of targets is inherited.
    /// </summary>
    private static IEnumerable<string> TestsIn(string source) =>
        ClassName().Match(source) is { Success: true } found
            ? TestMethod().Matches(source).Select(match => $"{found.Groups["name"].Value}.{match.Groups["name"].Value}")
            : [];

    [GeneratedRegex("`(?<test>[A-Z][A-Za-z0-9]*\\.[A-Z][A-Za-z0-9]*_[A-Za-z0-9_]+)`")]
    private static partial Regex NamedTest();

    [GeneratedRegex(@"^public (?:sealed |abstract |partial )*class (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex ClassName();

    [GeneratedRegex(
        @"\[(?:Fact|Theory|Property)\b[^\n]*\]\s*\n(?:\s*(?:\[|///|#pragma)[^\n]*\n)*\s*public (?:async )?[\w<>]+ (?<name>\w+)\(")]
    private static partial Regex TestMethod();
}
