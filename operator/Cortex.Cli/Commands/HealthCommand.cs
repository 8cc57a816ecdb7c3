using System.CommandLine;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex health</c>: whether the operator on this machine or in this container is alive. A HEALTHCHECK calls it.</summary>
internal static class HealthCommand
{
    public const int DefaultPort = 8081;

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(4);

    public static Command Create(CommandContext context)
    {
        var port =
            new Option<int>("--health-port")
            {
                Description = "The port that was passed to run.",
                HelpName = "PORT",
                DefaultValueFactory = _ => DefaultPort,
            }.Within(1, Numbers.HighestPort);
        var command = new ExampledCommand(
            "health",
            "Asks the operator on this port for its health. Exit code 0: it is alive.",
            ("health", "for the health check of a container image")) { port };
        command.SetAction(async (arguments, ct) =>
        {
            var address = new Uri($"http://127.0.0.1:{arguments.GetValue(port)}/healthz");
            context.Screen.Print(await AskAsync(address, ct));
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<string> AskAsync(Uri address, CancellationToken ct)
    {
        using var client = new HttpClient { Timeout = AnswerTimeout };
        try
        {
            using var answer = await client.GetAsync(address, ct);
            var text = (await answer.Content.ReadAsStringAsync(ct)).Trim();
            return answer.IsSuccessStatusCode
                ? text
                : throw new CommandException(
                    $"{address} answers {(int)answer.StatusCode} {text}".TrimEnd(), "the operator's log shows the reason");
        }
        catch (Exception cause) when (cause is HttpRequestException || (cause is TaskCanceledException && !ct.IsCancellationRequested))
        {
            throw new CommandException(
                $"{address} does not answer: {cause.Message}",
                "run the operator with --health-port, and pass the same port to this command",
                cause);
        }
    }
}
