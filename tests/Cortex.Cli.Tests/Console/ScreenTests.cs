using Cortex.Cli.Console;

namespace Cortex.Cli.Tests.Console;

public sealed class ScreenTests
{
    private static readonly string Long = $"kubectl patch [bold]{new string('x', 500)}[/] end";

    [Fact]
    public void Without_colour_markup_is_plain_text()
    {
        Assert.Equal($"kubectl patch {new string('x', 500)} end\n", Written(live: true, colour: false));
    }

    [Fact]
    public void On_a_terminal_long_lines_are_not_broken()
    {
        var text = Written(live: true, colour: true);

        Assert.Single(text, '\n');
        Assert.Contains(new string('x', 500), text, StringComparison.Ordinal);
    }

    private static string Written(bool live, bool colour)
    {
        using var output = new StringWriter { NewLine = "\n" };
        new Screen(output, output, live, colour).Print([Long]);
        return output.ToString();
    }
}
