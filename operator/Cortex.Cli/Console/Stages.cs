using System.Globalization;
using Spectre.Console;

namespace Cortex.Cli.Console;

/// <summary>
/// Prints the stages of a long command with the time since its start: one line for each stage. On a terminal, the current line is animated.
/// </summary>
internal sealed class Stages(Screen screen, TimeProvider clock)
{
    private readonly long started = clock.GetTimestamp();

    public TimeSpan Elapsed => clock.GetElapsedTime(started);

    public void Print(string text) => screen.Print($"{ElapsedText()}  {text}");

    /// <summary>
    /// Shows what <paramref name="work"/> reports: on a terminal in one animated line, otherwise in a new line for each change.
    /// </summary>
    public Task<T> ShowAsync<T>(string title, Func<Action<string>, Task<T>> work) => screen.Live
        ? screen.Terminal.Status().Spinner(Spinner.Known.Dots).StartAsync(
            title.EscapeMarkup(), context => work(text => context.Status($"{ElapsedText()}  {text}".EscapeMarkup())))
        : work(Changes());

    private Action<string> Changes()
    {
        var last = "";
        return text =>
        {
            if (text != last)
            {
                Print(last = text);
            }
        };
    }

    private string ElapsedText() => string.Create(CultureInfo.InvariantCulture, $"{Elapsed.TotalSeconds,6:0.0} s");
}
