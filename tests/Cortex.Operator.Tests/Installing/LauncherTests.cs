using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Cortex.Cli.Commands;
using Cortex.Cli.Outcomes;

namespace Cortex.Operator.Tests.Installing;

/// <summary>What the launcher refuses itself, before anything is built or installed.</summary>
public sealed partial class LauncherTests
{
    private static string Launcher => Path.Combine(Checkout(), "cortex");

    [Fact]
    public async Task It_lets_pass_the_commands_of_the_program_and_names_them_in_its_help()
    {
        await using var place = new Workplace();
        var known = Verbs.Root(place.Here).Subcommands.Select(one => one.Name).Order();
        var text = await File.ReadAllTextAsync(Launcher, TestContext.Current.CancellationToken);

        Assert.Equal(known, Commands().Match(text).Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.All(known, name => Assert.Matches($@"\n  \./cortex {name}\b", text));
    }

    [Theory]
    [InlineData("cortex: there is no command bogus\n  see ./cortex --help\n", "bogus")]
    [InlineData("cortex: there is no command --bogus\n  see ./cortex --help\n", "--bogus")]
    [InlineData("cortex: unknown argument: nosuch\n  see ./cortex test --help\n", "test", "nosuch")]
    [InlineData("cortex: --filter needs a text\n  see ./cortex test --help\n", "test", "--filter")]
    public async Task What_it_does_not_know_is_said_in_two_lines(string expected, params string[] arguments)
    {
        var start = new ProcessStartInfo(Launcher, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((ExitCodes.BadUsage, expected, ""), (process.ExitCode, error, await output));
    }

    private static string Checkout([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));

    [GeneratedRegex("^commands='(.*)'$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Commands();
}
