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

/// <summary>Runs one command line: bad usage, help, and the two lines that a failure comes to.</summary>
public static class CommandLine
{
    /// <summary>Longer than any command needs to leave things in order after Ctrl-C or SIGTERM.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(RootCommand root, IReadOnlyList<string> arguments, Surroundings here, CancellationToken ct)
    {
        root.HelpName = here.Program;
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Action = new TeachingHelp((HelpAction)help.Action!, here.Program);
        }

        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0 && parsed.Action is not TeachingHelp)
        {
            return Refuse(parsed, here);
        }

        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = here.Screen.Output, Error = here.Screen.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = Farewell,
                },
                ct);
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
        catch (Exception e) when (!Debugging)
        {
            Remark(e, here);
            return ExitCodes.Failed;
        }
    }

    /// <summary>Says of a failure what is wrong, and what to do next.</summary>
    internal static void Remark(Exception failure, Surroundings here)
    {
        var (what, next) = Explain(failure, here);
        here.Screen.Remark($"cortex: {what}");
        here.Screen.Remark($"  {next}");
    }

    private static bool Debugging => Environment.GetEnvironmentVariable("CORTEX_DEBUG") is { Length: > 0 };

    private static int Refuse(ParseResult parsed, Surroundings here)
    {
        var errors = parsed.CommandResult.Command is RootCommand && parsed.UnmatchedTokens is [var word, ..]
            ? [$"there is no command {word}"]
            : parsed.Errors.Select(Words);
        foreach (var error in errors)
        {
            here.Screen.Remark($"cortex: {error}");
        }

        var verb = parsed.CommandResult.Command is RootCommand ? "" : $" {parsed.CommandResult.Command.Name}";
        here.Screen.Remark($"  see {here.Program}{verb} --help");
        return ExitCodes.BadUsage;
    }

    /// <summary>The parser calls a value that it cannot read by the name of a type of .NET.</summary>
    private static string Words(ParseError error)
    {
        if (error.SymbolResult is not OptionResult { Option: var option, Tokens: [var given, ..] } || !error.Message.Contains("expected type", StringComparison.Ordinal))
        {
            return error.Message;
        }

        var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        var expected = type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type).Select(name => name.ToLowerInvariant()))}"
            : type == typeof(int) ? "a whole number" : "a value of another kind";
        return $"{option.Name} needs {expected}, not \"{given.Value}\"";
    }

    /// <summary>What is wrong and what to do, each on one line.</summary>
    private static (string What, string Next) Explain(Exception e, Surroundings here) => e switch
    {
        CommandException known => (OneLine(known.Message), OneLine(known.Next)),
        KubeconfigException wrong => (OneLine(wrong.Message), "name another with --kubeconfig, or leave it away for the embedded API"),
        TargetException target => (OneLine(target.What), OneLine(target.Remedy ?? $"{here.Program} doctor looks for the usual causes")),
        ForeignObjectException foreign => (OneLine(foreign.What), foreign.Remedy),
        KubernetesException refusal => (OneLine(ApiWords.Of(refusal)), "correct that and try again"),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } unreachable => Explain(here.NotRunning(unreachable), here),
        StoreException store => (OneLine(store.Message), OneLine(store.Advice)),
        InvalidDataException damaged => (OneLine(damaged.Message), $"what lies in {here.State.Path} is damaged; mend that and run this again"),
        PartEndedException => (OneLine(e.Message), $"the operator ends, so that it is started again ({here.Program} up does that here); the databases run on"),
        IOException or UnauthorizedAccessException => (
            OneLine(e.Message), $"what cortex stores lies in {here.State.Path}: that has to be a directory of your own with room in it; {StateDirectory.Variable} names another"),
        TimeoutException => (OneLine(e.Message), $"{here.Program} logs operator says what it is doing"),
        _ => (OneLine($"{e.GetType().Name}: {e.Message}"), "set CORTEX_DEBUG=1 and run it again to see where; that is a defect of cortex"),
    };

    private static string OneLine(string text) => string.Join(' ', text.Split((char[])['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
