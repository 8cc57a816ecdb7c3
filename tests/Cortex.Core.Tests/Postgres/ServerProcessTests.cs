using System.Diagnostics;
using System.Globalization;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Postgres;

/// <summary>Process 1 of a container, with a real shell and a server that only logs its process and its arguments.</summary>
public sealed partial class ServerProcessTests : IDisposable
{
    /// <summary>
    /// A shell cannot trap a signal that it was started with ignored, as SIGINT is in the background; PostgreSQL can. The server ends with
    /// its folder, because a server that is started while a test ends is not in a list of processes to kill yet.
    /// </summary>
    private const string Server =
        """
        #!/usr/bin/env -S --default-signal=INT sh
        trap 'exit 3' INT
        trap 'exit 0' TERM
        trap 'echo reloaded >>log' HUP
        [ "$1" != bad ] || exit 4
        echo "$$ $*" >>log
        while [ -e log ]; do sleep 0.02; done
        """;

    /// <summary>
    /// The pause before a new start lasts as long as the test: on a busy machine a second passes before the test has sent its signal.
    /// </summary>
    private const string LongPause =
        """
        #!/bin/sh
        [ "$1" = 1 ] || exec /bin/sleep "$@"
        while [ -e log ]; do /bin/sleep 0.02; done
        """;

    private string script = ServerProcess.Script;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("cortex-serve-");
    private Process? first;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_was_killed_is_started_again_with_the_same_arguments()
    {
        var began = DateTimeOffset.UtcNow;
        Start("-D", "a b");
        var killed = await ServerAsync(0);
        await Machine.SignalAsync("KILL", killed);
        var next = await ServerAsync(1);

        Assert.NotEqual(killed, next);
        Assert.Equal(["-D a b", "-D a b"], Log().Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
        Assert.False(first!.HasExited);
        // A shell may have a word of its own to say.
        var said = $"{await first.StandardError.ReadLineAsync(Ct)}\n";
        said += ServerProcess.KilledAt(said) is null ? $"{await first.StandardError.ReadLineAsync(Ct)}\n" : "";
        Assert.InRange(ServerProcess.KilledAt(said)!.Value, began.AddMilliseconds(-1), DateTimeOffset.UtcNow);
    }

    /// <summary>A kubelet and Podman 5 replace it in the arguments of a container; Podman 4 does not.</summary>
    [Fact]
    public void Its_program_is_the_same_where_two_dollars_are_replaced_by_one() =>
        Assert.DoesNotContain("$$", ServerProcess.Script, StringComparison.Ordinal);

    [Fact]
    public async Task A_server_that_ends_by_itself_ends_the_container_with_its_own_word()
    {
        Start("bad");

        Assert.Equal(4, await EndAsync());
    }

    [Fact]
    public async Task A_fast_shutdown_reaches_the_server_and_how_it_ended_is_how_the_container_ends()
    {
        Start("-D", "data");
        await ServerAsync(0);
        await Machine.SignalAsync("INT", first!.Id);

        Assert.Equal(3, await EndAsync());
        Assert.Single(Log());
    }

    /// <summary>On a busy machine the server is gone before the shell continues, whose wait the signal ended.</summary>
    [Fact]
    public async Task How_the_server_ended_is_not_forgotten_by_a_shell_that_comes_to_it_late()
    {
        script = script.Replace("waited=$?", "waited=$?; until [ -e gone ]; do :; done", StringComparison.Ordinal);
        Start("-D", "data");
        var server = await ServerAsync(0);
        await Machine.SignalAsync("INT", first!.Id);
        await Eventually.HoldsAsync("the server is gone", () => !Runs(server));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "gone"), "", Ct);

        Assert.Equal(3, await EndAsync());
    }

    [Theory]
    [InlineData("bad", 1)]
    [InlineData("-D", 0)]
    public async Task A_server_that_ended_with_an_error_of_its_own_is_told_of_in_the_log(string argument, int times)
    {
        Start(argument);
        if (times == 0)
        {
            await Machine.SignalAsync("TERM", await ServerAsync(0));
        }

        await EndAsync();

        Assert.Equal(times, ServerProcess.Ends(await first!.StandardError.ReadToEndAsync(Ct)).Count);
    }

    [Fact]
    public async Task A_stop_that_finds_no_server_ends_the_container_at_once_and_says_so()
    {
        Provide("sleep", LongPause);
        Start("-D", "data");
        await Machine.SignalAsync("KILL", await ServerAsync(0));
        await PausesAsync();
        await Machine.SignalAsync("TERM", first!.Id);

        Assert.Equal(ServerProcess.WasDead, await EndAsync());
        Assert.Single(Log());
    }

    [Fact]
    public async Task A_reload_reaches_the_server_and_ends_nothing()
    {
        Start("-D", "data");
        await ServerAsync(0);
        await Machine.SignalAsync("HUP", first!.Id);
        await Eventually.HoldsAsync("the server has reloaded", () => Log().Contains("reloaded"));

        Assert.False(first.HasExited);
    }

    [Fact]
    public async Task The_control_file_of_a_server_that_ended_cleanly_is_reported_at_the_end()
    {
        var control = EndMessages.Control(ControlState.ShutDown);
        await LeaveAsync(control);
        Start("-D", "data", "-c", "ssl=on");
        await ServerAsync(0);
        await Machine.SignalAsync("TERM", first!.Id);

        Assert.Equal(0, await EndAsync());
        Assert.Equal(control, ServerProcess.ControlIn(await ToldAsync()));
    }

    [Theory]
    [InlineData("INT", "true")] // this server ends with an error then
    [InlineData("TERM", "rm data/global/pg_control")]
    [InlineData("TERM", "rm data/global/pg_control; mkfifo data/global/pg_control")]
    [InlineData("TERM", "mv data/global/pg_control real; ln -s ../../real data/global/pg_control")]
    public async Task After_another_end_or_without_a_regular_file_nothing_is_reported(string signal, string before)
    {
        await LeaveAsync(EndMessages.Control(ControlState.ShutDown));
        Start("-D", "data");
        await ServerAsync(0);
        (await Tool.RunAsync("sh", ["-c", before], folder: folder.FullName)).Demand();
        await Machine.SignalAsync(signal, first!.Id);

        Assert.Equal(signal == "TERM" ? 0 : 3, await EndAsync());
        Assert.Empty(await ToldAsync());
    }

    /// <summary>As on Podman. A file that was not provided is not created.</summary>
    [Fact]
    public async Task Without_a_provided_file_no_message_is_left()
    {
        await LeaveAsync(EndMessages.Control(ControlState.ShutDown));
        File.Delete(Told);
        Start("-D", "data");
        await ServerAsync(0);
        await Machine.SignalAsync("TERM", first!.Id);

        Assert.Equal(0, await EndAsync());
        Assert.False(File.Exists(Told));
    }

    public void Dispose()
    {
        if (first is { HasExited: false })
        {
            first.Kill(entireProcessTree: true);
        }

        first?.Dispose();
        folder.Delete(recursive: true);
    }

    private string Noted => Path.Combine(folder.FullName, "disk");

    private string Told => Path.Combine(folder.FullName, "told");

    private Task<string> ToldAsync() => File.ReadAllTextAsync(Told, Ct);

    /// <summary>A data directory, and the empty file that Kubernetes provides.</summary>
    private async Task LeaveAsync(byte[] control)
    {
        var global = folder.CreateSubdirectory("data/global").FullName;
        await File.WriteAllBytesAsync(Path.Combine(global, "pg_control"), control, Ct);
        await File.WriteAllTextAsync(Told, "", Ct);
    }

    /// <summary>A program that the script finds before the machine's program of that name.</summary>
    private void Provide(string name, string script)
    {
        var program = Path.Combine(folder.FullName, name);
        File.WriteAllText(program, script.ReplaceLineEndings("\n") + "\n");
        using var mode = Process.Start("chmod", ["755", program]);
        mode.WaitForExit();
    }

    private void Start(params string[] arguments)
    {
        Provide("postgres", Server);
        var program = script.Replace(ServerProcess.EndMessage, Told, StringComparison.Ordinal)
            .Replace(Paths.DiskSpace, Noted, StringComparison.Ordinal);
        var start = new ProcessStartInfo("sh", ["-c", program, "postgres", .. arguments])
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{folder.FullName}:{start.Environment["PATH"]}";
        first = Process.Start(start);
    }

    /// <summary>The process of the server that was started then, counted from 0.</summary>
    private async Task<int> ServerAsync(int start)
    {
        await Eventually.HoldsAsync($"server {start} has started", () => Log().Length > start);
        return int.Parse(Log()[start].Split(' ')[0], CultureInfo.InvariantCulture);
    }

    private string[] Log()
    {
        var log = Path.Combine(folder.FullName, "log");
        return File.Exists(log) ? [.. File.ReadAllText(log).Split('\n', StringSplitOptions.RemoveEmptyEntries)] : [];
    }

    private async Task<int> EndAsync()
    {
        await first!.WaitForExitAsync(Ct).WaitAsync(TimeSpan.FromSeconds(30), Ct);
        return first.ExitCode;
    }

    /// <summary>Waits for the message with which the pause begins.</summary>
    private async Task PausesAsync()
    {
        while (ServerProcess.KilledAt($"{await first!.StandardError.ReadLineAsync(Ct)}\n") is null)
        {
            Assert.False(first.HasExited, "it ended before");
        }
    }

    private static bool Runs(int process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
