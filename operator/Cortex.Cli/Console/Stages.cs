using System.Globalization;
using Spectre.Console;

namespace Cortex.Cli.Console;

/// <summary>The steps of a long command with the time since its start: a line for each, and on a terminal the latest one moves.</summary>
internal sealed class Stages(Screen screen, TimeProvider clock)
{
    private readonly long started = clock.GetTimestamp();

    public TimeSpan Elapsed => clock.GetElapsedTime(started);

    public void Say(string text) => screen.Say($"{Stamp()}  {text}");

    /// <summary>Shows what <paramref name="work"/> tells. On a terminal in one moving line, otherwise a line for each change.</summary>
    public Task<T> ShowAsync<T>(string title, Func<Action<string>, Task<T>> work) => screen.Live
        ? screen.Terminal.Status().Spinner(Spinner.Known.Dots).StartAsync(
            title.EscapeMarkup(), context => work(text => context.Status($"{Stamp()}  {text}".EscapeMarkup())))
        : work(Changes());

    private Action<string> Changes()
    {
        var last = "";
        return text =>
        {
            if (text != last)
            {
                Say(last = text);
            }
        };
    }

    private string Stamp() => string.Create(CultureInfo.InvariantCulture, $"{Elapsed.TotalSeconds,6:0.0} s");
}
