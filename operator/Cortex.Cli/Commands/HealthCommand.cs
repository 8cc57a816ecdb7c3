using System.CommandLine;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex health</c>: whether the operator on this machine or in this container lives; what a HEALTHCHECK calls.</summary>
internal static class HealthCommand
{
    public const int DefaultPort = 8081;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    public static Command Create(Surroundings here)
    {
        var port = new Option<int>("--health-port") { Description = "The port that run was given.", HelpName = "PORT", DefaultValueFactory = _ => DefaultPort }.Within(1, Numbers.HighestPort);
        var command = new Verb(
            "health",
            "Ends with 0 when the operator that serves its health on this port says that it lives.",
            ("health", "for the health check of a container image")) { port };
        command.SetAction(async (arguments, ct) =>
        {
            var address = new Uri($"http://127.0.0.1:{arguments.GetValue(port)}/healthz");
            here.Screen.Say(await AskAsync(address, ct));
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<string> AskAsync(Uri address, CancellationToken ct)
    {
        using var client = new HttpClient { Timeout = Limit };
        try
        {
            using var answer = await client.GetAsync(address, ct);
            var said = (await answer.Content.ReadAsStringAsync(ct)).Trim();
            return answer.IsSuccessStatusCode ? said : throw new CommandException($"{address} answers {(int)answer.StatusCode} {said}".TrimEnd(), "the operator's log says why");
        }
        catch (Exception cause) when (cause is HttpRequestException || (cause is TaskCanceledException && !ct.IsCancellationRequested))
        {
            throw new CommandException($"{address} does not answer: {cause.Message}", "run the operator with --health-port, and name the same port here", cause);
        }
    }
}
