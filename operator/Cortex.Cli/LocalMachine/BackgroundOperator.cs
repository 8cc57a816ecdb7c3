using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Cortex.Cli.Outcomes;
using Cortex.Engine;
using Cortex.Operator.LocalState;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Cli.LocalMachine;

/// <summary>The operator as a separate process that outlives the command which started it.</summary>
internal sealed class BackgroundOperator(StateDirectory state, TimeProvider clock)
{
    private const int TailLines = 15;

    /// <summary>Enough for an empty store and the first lines of a log.</summary>
    private const long RequiredFreeBytes = 1 << 20;

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>The operator that uses this state directory; null if no started operator runs.</summary>
    public int? Pid => File.Exists(state.PidFile)
        && int.TryParse(File.ReadAllText(state.PidFile), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var pid)
        && OperatorProcessCheck.IsOperator(pid, state.Path) ? pid : null;

    /// <summary>Whether any part of the program was built after the operator was started.</summary>
    public bool IsOutdated => IsNewer(AppContext.BaseDirectory, File.GetLastWriteTimeUtc(state.PidFile));

    /// <summary>A build does not touch the parts that it need not compile, so every part is checked.</summary>
    internal static bool IsNewer(string program, DateTime started) =>
        Directory.EnumerateFiles(program, "*.dll").Any(part => File.GetLastWriteTimeUtc(part) > started);

    /// <summary>Starts the operator and waits until its API answers.</summary>
    /// <param name="serves">Whether the API answers.</param>
    /// <exception cref="CommandException">
    /// The operator ended, or did not answer in time; the message contains the end of its log.
    /// </exception>
    public async Task StartAsync(Func<CancellationToken, Task<bool>> serves, CancellationToken ct)
    {
        state.Create();
        StateDirectory.Touch(state.PidFile);
        StateDirectory.Touch(state.Log);
        new OperatorLog(state, clock, NullLogger.Instance).Shorten();
        var logged = new FileInfo(state.Log).Length;
        using var process = Launch();
        if (!await Until.HoldsAsync(ServesAsync, StartTimeout, PollInterval, clock, ct))
        {
            throw Failed($"the operator does not answer after {StartTimeout.TotalSeconds:0} s", logged);
        }

        async Task<bool> ServesAsync() => await serves(ct)
            || (process.HasExited && Pid is null ? throw Failed("the operator ended right after it was started", logged) : false);
    }

    /// <summary>Sends SIGTERM, waits, and sends SIGKILL if the operator does not end in time. The databases keep running.</summary>
    /// <returns>False if no operator ran.</returns>
    public async Task<bool> StopAsync(CancellationToken ct)
    {
        if (Pid is not { } pid)
        {
            if (File.Exists(state.PidFile))
            {
                File.Delete(state.PidFile);
            }

            return false;
        }

        PosixCalls.Terminate(pid);
        if (!await HasEndedAsync(pid, ct))
        {
            PosixCalls.Kill(pid);
            await HasEndedAsync(pid, ct);
        }

        File.Delete(state.PidFile);
        return true;
    }

    private Task<bool> HasEndedAsync(int pid, CancellationToken ct) => Until.HoldsAsync(
        () => Task.FromResult(!OperatorProcessCheck.IsOperator(pid, state.Path)), StopTimeout, PollInterval, clock, ct);

    /// <summary>
    /// setsid starts a new session, so that Ctrl-C in this terminal does not reach the operator. The shell writes its pid and then executes
    /// the operator.
    /// </summary>
    private Process Launch()
    {
        const string script = """echo $$ >"$1"; log=$2; shift 2; exec "$@" >>"$log" 2>&1 </dev/null""";
        var start = new ProcessStartInfo("setsid") { WorkingDirectory = "/" };
        string[] command = ["sh", "-c", script, "cortex-operator", state.PidFile, state.Log, .. OwnCommand(), "run"];
        foreach (var word in command)
        {
            start.ArgumentList.Add(word);
        }

        start.Environment[StateDirectory.Variable] = state.Path;
        return Process.Start(start) ?? throw new CommandException("setsid could not be run", "install util-linux");
    }

    private static IEnumerable<string> OwnCommand()
    {
        var program = Environment.ProcessPath!;
        return Path.GetFileName(program) == "dotnet" ? [program, Assembly.GetExecutingAssembly().Location] : [program];
    }

    private CommandException Failed(string what, long from)
    {
        using var log = new FileStream(state.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        log.Seek(from, SeekOrigin.Begin);
        return Failed(what, state, new StreamReader(log).ReadToEnd(), new DriveInfo(state.Path).AvailableFreeSpace);
    }

    /// <param name="logged">The operator's log since its start.</param>
    /// <param name="free">Free bytes on the file system of the state directory.</param>
    internal static CommandException Failed(string what, StateDirectory state, string logged, long free)
    {
        if (free < RequiredFreeBytes)
        {
            return new CommandException(
                $"the file system of {state.Path} is full: {free / 1024} KiB are free, and {what}",
                $"free some space, or name another directory with {StateDirectory.Variable}");
        }

        var lines = logged.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return new CommandException(
            lines.Length == 0
                ? what
                : $"{what}: {string.Join(" | ", lines.TakeLast(TailLines).Select(line => line.Length > 400 ? line[..400] : line))}",
            $"the whole log is {state.Log}");
    }
}
