using Spectre.Console;

namespace Cortex.Cli.Console;

/// <summary>
/// Where commands write: answers to standard output, remarks to standard error. Colour and motion only on a terminal, and no colour
/// where NO_COLOR is set (https://no-color.org).
/// </summary>
public sealed class Screen(TextWriter output, TextWriter error, bool live, bool colour)
{
    /// <summary>Wider than any line: lines that one may copy must not be broken, the terminal wraps them itself.</summary>
    private const int Unbroken = 100_000;

    private readonly Lazy<IAnsiConsole> terminal = new(() => Open(output, live, colour));

    private readonly Lazy<IAnsiConsole> lines = new(() =>
    {
        var console = Open(output, live, colour);
        console.Profile.Width = Unbroken;
        return console;
    });

    public TextWriter Output => output;

    public TextWriter Error => error;

    /// <summary>Whether somebody watches: pictures may move.</summary>
    public bool Live => live;

    /// <summary>The terminal, for moving pictures; only when <see cref="Live"/>.</summary>
    public IAnsiConsole Terminal => terminal.Value;

    public static Screen OfProcess()
    {
        var live = !System.Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        var colour = live && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return new(System.Console.Out, System.Console.Error, live, colour);
    }

    /// <summary>A line of the answer.</summary>
    public void Say(string line = "") => output.WriteLine(line);

    /// <summary>A line beside the answer, which a script that takes standard output does not get.</summary>
    public void Remark(string line) => error.WriteLine(line);

    /// <summary>Lines in Spectre's markup; without it where there is no colour.</summary>
    public void Say(IEnumerable<string> markup)
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

    private static IAnsiConsole Open(TextWriter output, bool live, bool colour) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = live ? AnsiSupport.Yes : AnsiSupport.No,
        ColorSystem = colour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Out = new AnsiConsoleOutput(output),
    });
}
