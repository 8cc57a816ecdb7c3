using Cortex.Operator.LocalState;

namespace Cortex.Cli.Delegation;

/// <summary>
/// Lets the running operator of this account execute a command that only asks (ADR 28). Its code is compiled already, whereas a new process
/// compiles it for most of its time. Every problem means that the command runs in this process, as it does without an operator.
/// </summary>
/// <remarks>
/// What runs here is paid by every command: no asynchronous code, no JSON, no command-line parser, nothing that must be compiled first.
/// </remarks>
public static class CommandClient
{
    /// <summary>An operator that does not even accept a command in this time is stopped or overloaded.</summary>
    private const int AcceptTimeoutMilliseconds = 500;

    /// <summary>Longer than any of these commands takes.</summary>
    private const int AnswerTimeoutMilliseconds = 60_000;

    private const int MaxAnswerBytes = 16 * 1024 * 1024;

    /// <summary>They wait for nothing, ask nothing, and replace no process.</summary>
    private static readonly string[] Delegated = ["status", "dsn", "plan", "apply", "kubeconfig"];

    /// <returns>The exit code; null, with nothing printed, if the command has to run in this process.</returns>
    public static int? TryRun(string[] arguments, Func<string, string?> variable, Stream output, Stream error)
    {
        if (!IsDelegated(arguments) || variable("CORTEX_DEBUG") is { Length: > 0 })
        {
            return null;
        }

        var socket = StateDirectory.FromEnvironment(variable).CommandSocket;
        if (!File.Exists(socket))
        {
            return null;
        }

        var live = !System.Console.IsOutputRedirected && variable("TERM") is not (null or "" or "dumb");
        var request = new CommandRequest(
            CommandRequest.ThisBuild,
            Environment.CurrentDirectory,
            variable("CORTEX_LAUNCHER") ?? "",
            variable("CORTEX_HOME") ?? "",
            live,
            live && string.IsNullOrEmpty(variable("NO_COLOR")),
            arguments);
        return Ask(socket, request) is { } answer ? CommandAnswer.Replay(answer, output, error) : null;
    }

    /// <summary>
    /// Not another API, and not standard input, which an argument that ends with <c>-</c> may name. A part of an option's name may stand
    /// for it.
    /// </summary>
    internal static bool IsDelegated(string[] arguments) =>
        arguments.Length > 0 && Array.IndexOf(Delegated, arguments[0]) >= 0
        && !Array.Exists(arguments, word => word.StartsWith("--k", StringComparison.Ordinal) || word.EndsWith('-') || word.StartsWith('@'));

    /// <returns>Null if the operator did not execute the command.</returns>
    internal static byte[]? Ask(string path, CommandRequest request)
    {
        using var connection = UnixConnection.To(path);
        var message = request.Encode();
        if (connection is null || message.Length > CommandRequest.MaxBytes)
        {
            return null;
        }

        connection.Limit(AcceptTimeoutMilliseconds);
        var accepted = new byte[1];
        if (!connection.Send(message) || connection.Receive(accepted) != 1 || accepted[0] != CommandServer.Accepted)
        {
            return null;
        }

        connection.Limit(AnswerTimeoutMilliseconds);
        return ReceiveAll(connection);
    }

    private static byte[]? ReceiveAll(UnixConnection connection)
    {
        using var answer = new MemoryStream();
        var piece = new byte[16 * 1024];
        while (true)
        {
            var count = connection.Receive(piece);
            if (count <= 0)
            {
                return count == 0 ? answer.ToArray() : null;
            }

            answer.Write(piece, 0, (int)count);
            if (answer.Length > MaxAnswerBytes)
            {
                return null;
            }
        }
    }
}
