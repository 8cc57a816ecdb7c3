using System.Text.RegularExpressions;
using Cortex.Cli.Commands;
using Cortex.Cli.Outcomes;

namespace Cortex.Cli.Tests.Installing;

/// <summary>The refusals of the launcher, before anything is built or installed.</summary>
public sealed partial class LauncherTests
{
    private static string Launcher => Repository.Path("cortex");

    [Fact]
    public async Task The_launcher_accepts_and_documents_exactly_the_commands_of_the_program()
    {
        await using var cortex = new CommandRunner();
        var known = CommandList.Root(cortex.Context).Subcommands.Select(subcommand => subcommand.Name).Order();
        var text = await File.ReadAllTextAsync(Launcher, TestContext.Current.CancellationToken);

        Assert.Equal(known, Commands().Match(text).Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.All(known, name => Assert.Matches($@"\n  \./cortex {name}\b", text));
    }

    [Theory]
    [InlineData("cortex: there is no command bogus\n  see ./cortex --help\n", "bogus")]
    [InlineData("cortex: there is no command --bogus\n  see ./cortex --help\n", "--bogus")]
    [InlineData("cortex: unknown argument: nosuch\n  see ./cortex test --help\n", "test", "nosuch")]
    [InlineData("cortex: --filter needs a text\n  see ./cortex test --help\n", "test", "--filter")]
    public async Task Unknown_arguments_are_reported_in_two_lines(string expected, params string[] arguments)
    {
        var refused = await Tool.RunAsync(Launcher, arguments);

        Assert.Equal((ExitCodes.BadUsage, expected, ""), (refused.ExitCode, refused.Errors, refused.Output));
    }

    [GeneratedRegex("^commands='(.*)'$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Commands();
}
