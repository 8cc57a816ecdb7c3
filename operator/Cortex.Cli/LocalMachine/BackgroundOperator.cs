using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Cortex.Cli.Outcomes;
using Cortex.Operator.LocalState;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Cli.LocalMachine;

/// <summary>The operator as a process of its own that outlives the command which started it.</summary>
internal sealed class BackgroundOperator(StateDirectory state, TimeProvider clock)
{
    private const int TailLines = 15;

    /// <summary>An empty store and the first lines of a log need no more.</summary>
    private const long LeastRoom = 1 << 20;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    /// <summary>The operator that runs for this state directory; null when there is none that we started.</summary>
    public int? Pid => File.Exists(state.PidFile)
        && int.TryParse(File.ReadAllText(state.PidFile), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var pid)
        && OperatorProof.Of(pid, state.Path) ? pid : null;

    /// <summary>Whether any part of the program was built anew since the operator was started.</summary>
    public bool IsOutdated => IsNewer(AppContext.BaseDirectory, File.GetLastWriteTimeUtc(state.PidFile));

    /// <summary>A build leaves alone the parts that it did not have to compile: the time of the first says nothing about the others.</summary>
    internal static bool IsNewer(string program, DateTime started) =>
        Directory.EnumerateFiles(program, "*.dll").Any(part => File.GetLastWriteTimeUtc(part) > started);

    /// <summary>Starts it and waits until it serves.</summary>
    /// <param name="serves">Whether the API answers.</param>
    /// <exception cref="CommandException">It died, or did not serve in time; with the end of its log.</exception>
    public async Task StartAsync(Func<CancellationToken, Task<bool>> serves, CancellationToken ct)
    {
        state.Create();
        StateDirectory.Touch(state.PidFile);
        StateDirectory.Touch(state.Log);
        new OperatorLog(state, clock, NullLogger.Instance).Shorten();
        var logged = new FileInfo(state.Log).Length;
        using var process = Launch();
        var started = clock.GetTimestamp();
        while (!await serves(ct))
        {
            if (process.HasExited && Pid is null)
            {
                throw Failed("the operator ended right after its start", logged);
            }

            if (clock.GetElapsedTime(started) > StartLimit)
            {
                throw Failed($"the operator does not serve after {StartLimit.TotalSeconds:0} s", logged);
            }

            await Task.Delay(Glance, clock, ct);
        }
    }

    /// <summary>Asks it to end, waits, and insists when it does not. The databases run on.</summary>
    /// <returns>False when none ran.</returns>
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

        Native.Terminate(pid);
        if (!await HasEndedAsync(pid, ct))
        {
            Native.KillAtOnce(pid);
            await HasEndedAsync(pid, ct);
        }

        File.Delete(state.PidFile);
        return true;
    }

    private async Task<bool> HasEndedAsync(int pid, CancellationToken ct)
    {
        var asked = clock.GetTimestamp();
        while (OperatorProof.Of(pid, state.Path))
        {
            if (clock.GetElapsedTime(asked) > StopLimit)
            {
                return false;
            }

            await Task.Delay(Glance, clock, ct);
        }

        return true;
    }

    /// <summary>setsid gives it a session of its own, so that Ctrl-C here does not reach it; the shell writes the pid and becomes the operator.</summary>
    private Process Launch()
    {
        var start = new ProcessStartInfo("setsid") { WorkingDirectory = "/" };
        foreach (var word in new[] { "sh", "-c", """echo $$ >"$1"; log=$2; shift 2; exec "$@" >>"$log" 2>&1 </dev/null""", "cortex-operator", state.PidFile, state.Log })
        {
            start.ArgumentList.Add(word);
        }

        foreach (var word in Itself().Append("run"))
        {
            start.ArgumentList.Add(word);
        }

        start.Environment[StateDirectory.Variable] = state.Path;
        return Process.Start(start) ?? throw new CommandException("setsid could not be run", "install util-linux");
    }

    private static IEnumerable<string> Itself()
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

    /// <param name="logged">What the operator logged since its start.</param>
    /// <param name="free">Bytes on the file system of the state directory.</param>
    internal static CommandException Failed(string what, StateDirectory state, string logged, long free)
    {
        if (free < LeastRoom)
        {
            return new CommandException($"the file system of {state.Path} is full: {free / 1024} KiB are free, and {what}", $"make room there, or name another directory with {StateDirectory.Variable}");
        }

        var lines = logged.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return new CommandException(
            lines.Length == 0 ? what : $"{what}: {string.Join(" | ", lines.TakeLast(TailLines).Select(line => line.Length > 400 ? line[..400] : line))}",
            $"its whole log is {state.Log}");
    }
}
