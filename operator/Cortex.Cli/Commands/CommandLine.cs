using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Cortex.ApiServer.Storage;
using Cortex.Cli.Api;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Engine.Targets;
using Cortex.Operator.LocalState;
using Cortex.Operator.Wiring;
using k8s;

namespace Cortex.Cli.Commands;

/// <summary>Runs one command line. Handles bad usage and help, and prints a failure as two lines.</summary>
public static class CommandLine
{
    public static async Task<int> RunAsync(RootCommand root, IReadOnlyList<string> arguments, CommandContext context, CancellationToken ct)
    {
        root.HelpName = context.Program;
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExamples((HelpAction)help.Action!, context.Program);
        }

        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpWithExamples)
        {
            return Refuse(parsed, context);
        }

        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = context.Screen.Output,
                    Error = context.Screen.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = context.SignalTimeout,
                },
                ct);
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
        catch (Exception e) when (!Debugging)
        {
            PrintFailure(e, context);
            return ExitCodes.Failed;
        }
    }

    /// <summary>Prints what is wrong, and what to do next.</summary>
    internal static void PrintFailure(Exception failure, CommandContext context)
    {
        var (what, next) = Explain(failure, context);
        context.Screen.PrintError($"cortex: {what}");
        context.Screen.PrintError($"  {next}");
    }

    private static bool Debugging => Environment.GetEnvironmentVariable("CORTEX_DEBUG") is { Length: > 0 };

    private static int Refuse(ParseResult parsed, CommandContext context)
    {
        var errors = parsed.CommandResult.Command is RootCommand && parsed.UnmatchedTokens is [var word, ..]
            ? [$"there is no command {word}"]
            : parsed.Errors.Select(Message);
        foreach (var error in errors)
        {
            context.Screen.PrintError($"cortex: {error}");
        }

        var verb = parsed.CommandResult.Command is RootCommand ? "" : $" {parsed.CommandResult.Command.Name}";
        context.Screen.PrintError($"  see {context.Program}{verb} --help");
        return ExitCodes.BadUsage;
    }

    /// <summary>The parser's message, with a plain description of the expected value instead of the name of a .NET type.</summary>
    private static string Message(ParseError error)
    {
        if (error.SymbolResult is not OptionResult { Option: var option, Tokens: [var given, ..] }
            || !error.Message.Contains("expected type", StringComparison.Ordinal))
        {
            return error.Message;
        }

        var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        var expected = type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type).Select(name => name.ToLowerInvariant()))}"
            : type == typeof(int) ? "a whole number" : "a value of another kind";
        return $"{option.Name} needs {expected}, not \"{given.Value}\"";
    }

    /// <summary>What is wrong, and what to do next, each on one line.</summary>
    private static (string What, string Next) Explain(Exception e, CommandContext context) => e switch
    {
        CommandException known => (OneLine(known.Message), OneLine(known.Next)),
        KubeconfigException wrong =>
            (OneLine(wrong.Message), "name another file with --kubeconfig, or omit the option to use the embedded API"),
        TargetException target => (OneLine(target.What), OneLine(target.Remedy ?? $"{context.Program} doctor checks the usual causes")),
        ForeignObjectException foreign => (OneLine(foreign.What), foreign.Remedy),
        KubernetesException refusal => (OneLine(ApiMessages.Of(refusal)), "correct it and try again"),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } unreachable =>
            Explain(context.NotRunning(unreachable), context),
        StoreException store => (OneLine(store.Message), OneLine(store.Advice)),
        InvalidDataException damaged =>
            (OneLine(damaged.Message), $"a file in {context.State.Path} is damaged; repair it and run the command again"),
        PartEndedException =>
            (OneLine(e.Message), $"the operator ends and must be started again, with {context.Program} up; the databases keep running"),
        IOException or UnauthorizedAccessException => (
            OneLine(e.Message),
            $"{context.State.Path}, where cortex stores files, must be yours and have free space; {StateDirectory.Variable} names another"),
        TimeoutException => (OneLine(e.Message), $"{context.Program} logs operator shows what the operator does"),
        _ => (
            OneLine($"{e.GetType().Name}: {e.Message}"),
            "this is a defect of cortex; set CORTEX_DEBUG=1 and run the command again to see its place"),
    };

    private static string OneLine(string text) =>
        string.Join(' ', text.Split((char[])['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
