using Spectre.Console;

namespace Cortex.Cli.Console;

/// <summary>
/// The output of commands: results go to standard output, everything else to standard error. Colour and animation only on a terminal, and
/// no colour if NO_COLOR is set (https://no-color.org).
/// </summary>
public sealed class Screen(TextWriter output, TextWriter error, bool live, bool colour)
{
    /// <summary>Wider than any line. Lines to copy must not be broken; the terminal wraps them itself.</summary>
    private const int UnlimitedWidth = 100_000;

    private readonly Lazy<IAnsiConsole> terminal = new(() => Open(output, live, colour));

    private readonly Lazy<IAnsiConsole> lines = new(() =>
    {
        var console = Open(output, live, colour);
        console.Profile.Width = UnlimitedWidth;
        return console;
    });

    public TextWriter Output => output;

    public TextWriter Error => error;

    /// <summary>Whether the output is a terminal, so that it may be animated.</summary>
    public bool Live => live;

    /// <summary>The terminal, for animation; only if <see cref="Live"/>.</summary>
    public IAnsiConsole Terminal => terminal.Value;

    public static Screen OfProcess()
    {
        var live = !System.Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        var colour = live && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return new(System.Console.Out, System.Console.Error, live, colour);
    }

    /// <summary>Prints a line of the result to standard output.</summary>
    public void Print(string line = "") => output.WriteLine(line);

    /// <summary>Prints a line that is not part of the result to standard error, so that a script does not get it with the result.</summary>
    public void PrintError(string line) => error.WriteLine(line);

    /// <summary>Prints lines in Spectre's markup; the markup is removed if there is no colour.</summary>
    public void Print(IEnumerable<string> markup)
    {
        foreach (var line in markup)
        {
            if (colour)
            {
                lines.Value.MarkupLine(line);
            }
            else
            {
                output.WriteLine(line.RemoveMarkup());
            }
        }
    }

    // The eight colours that every terminal has, so that the output does not depend on the process that writes it.
    private static IAnsiConsole Open(TextWriter output, bool live, bool colour) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = live ? AnsiSupport.Yes : AnsiSupport.No,
        ColorSystem = colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        Out = new AnsiConsoleOutput(output),
    });
}
