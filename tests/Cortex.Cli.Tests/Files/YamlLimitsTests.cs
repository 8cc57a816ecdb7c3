using Cortex.Cli.Files;
using Cortex.Cli.Outcomes;

namespace Cortex.Cli.Tests.Files;

/// <summary>A short file with aliases can stand for a huge value. It is refused before it is expanded.</summary>
public sealed class YamlLimitsTests
{
    [Theory]
    [InlineData("spec: &x {instances: 2, postgres: *x}\n", "x.yaml, line 1, column 35: the anchor &x contains itself")]
    [InlineData("spec: &x\n- &y {a: 1}\n- *y\n- *x\n", "x.yaml, line 4, column 3: the anchor &x contains itself")]
    [InlineData("a: &x 1\nb: &x [*x]\n", "x.yaml, line 2, column 8: the anchor &x contains itself")]
    [InlineData("a: *x\nb: &x 1\n", "x.yaml, line 1, column 4: there is no anchor &x before this alias")]
    [InlineData("a: &x 1\n---\nb: *x\n", "x.yaml, line 3, column 4: there is no anchor &x before this alias")]
    [InlineData("a: 1\n? [a, b]\n: 1\n", "x.yaml, line 2, column 3: a key must be a string")]
    [InlineData("a: 1\n{a: 1}: 1\n", "x.yaml, line 2, column 1: a key must be a string")]
    [InlineData("a: &x [1]\n*x : 1\n", "x.yaml, line 2, column 1: a key must be a string")]
    public void Structures_that_JSON_cannot_represent_are_refused_with_their_place(string text, string expected) =>
        Assert.StartsWith(expected, Refusal(text).Message, StringComparison.Ordinal);

    [Fact]
    public void Values_are_counted_after_aliases_are_replaced()
    {
        var lines = Enumerable.Range(0, 8).Select(
            level => $"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat(level == 0 ? "x" : $"*a{level - 1}", 10))}]\n");

        Assert.Contains(
            "line 5, column 45: more than 100000 values, counted after aliases are replaced",
            Refusal(string.Concat(lines)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Documents_are_counted_together()
    {
        var document =
            $"a: &a [{string.Join(", ", Enumerable.Repeat("x", 200))}]\nb: [{string.Join(", ", Enumerable.Repeat("*a", 200))}]\n---\n";

        Assert.Contains(
            "more than 100000 values", Refusal(string.Concat(Enumerable.Repeat(document, 3))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Characters_are_counted_after_aliases_are_replaced()
    {
        var text = $"a: &a {new string('x', 100_000)}\nb: [{string.Join(", ", Enumerable.Repeat("*a", 1000))}]\n";

        Assert.Contains(
            "line 2, column 669: more than 16777216 characters, counted after aliases are replaced",
            Refusal(text).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[", "line 1, column 65: nested deeper than 64 levels")]
    [InlineData("{a: ", "line 1, column 257: nested deeper than 64 levels")]
    public void Depth_is_limited(string opening, string expected) =>
        Assert.Contains(expected, Refusal(string.Concat(Enumerable.Repeat(opening, 20_000))).Message, StringComparison.Ordinal);

    [Fact]
    public void Depth_is_limited_after_aliases_are_replaced()
    {
        var lines = Enumerable.Range(1, 5000).Select(level => $"a{level}: &a{level} [*a{level - 1}]\n").Prepend("a0: &a0 [x]\n");

        Assert.Contains(
            "line 64, column 12: nested deeper than 64 levels", Refusal(string.Concat(lines)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endless_input_is_refused()
    {
        var refusal = await Assert.ThrowsAsync<CommandException>(
            () => Manifests.ReadAsync("/dev/zero", "/", () => TextReader.Null, TestContext.Current.CancellationToken));

        Assert.Equal("/dev/zero is longer than 16777216 characters", refusal.Message);
        Assert.NotEmpty(refusal.Next);
    }

    [Fact]
    public void Aliases_within_the_limits_are_replaced()
    {
        var text = $"{Samples.Yaml}  one: &one {{a: [1, 2]}}\n  two: *one\n  name: &name three\n  *name : *one\n";

        var spec = Manifests.Parse(text, "x.yaml").Single().Content["spec"]!;

        Assert.Equal("""{"a":[1,2]}""", spec["two"]!.ToJsonString());
        Assert.Equal("""{"a":[1,2]}""", spec["three"]!.ToJsonString());
    }

    private static CommandException Refusal(string text)
    {
        var refusal = Assert.Throws<CommandException>(() => Manifests.Parse(text, "x.yaml"));
        Assert.NotEmpty(refusal.Next);
        return refusal;
    }
}
