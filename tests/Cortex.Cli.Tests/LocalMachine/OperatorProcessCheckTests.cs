using System.Diagnostics;
using Cortex.Cli.LocalMachine;
using Cortex.Operator.LocalState;

namespace Cortex.Cli.Tests.LocalMachine;

public sealed class OperatorProcessCheckTests
{
    [Theory]
    [InlineData("/x/cortex\0run\0", "A=1\0CORTEX_STATE=/s\0", true)]
    [InlineData("dotnet\0/x/cortex.dll\0run\0", "CORTEX_STATE=/s\0", true)]
    [InlineData("/x/cortex\0run\0", "CORTEX_STATE=/s2\0", false)]
    [InlineData("/x/cortex\0status\0", "CORTEX_STATE=/s\0", false)]
    [InlineData("/usr/bin/editor\0run\0", "CORTEX_STATE=/s\0", false)]
    [InlineData("", "CORTEX_STATE=/s\0", false)]
    public void Program_command_and_environment_identify_the_operator_of_a_directory(string commandLine, string environment, bool expected)
    {
        Assert.Equal(expected, OperatorProcessCheck.Matches(commandLine, environment, "/s"));
    }

    [Fact]
    public async Task Another_process_with_the_number_of_the_pid_file_gets_no_signal()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var cortex = new CommandRunner();
        using var stranger = Process.Start("sleep", "60");
        cortex.Context.State.Create();
        StateDirectory.Write(cortex.Context.State.PidFile, $"{stranger.Id}\n");
        var background = new BackgroundOperator(cortex.Context.State, TimeProvider.System);

        Assert.Null(background.Pid);
        Assert.False(await background.StopAsync(ct));
        Assert.False(stranger.HasExited);
        stranger.Kill();
        await stranger.WaitForExitAsync(ct);
    }

    [Fact]
    public async Task The_operator_is_found_by_its_pid_file_and_stopped()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var cortex = new CommandRunner();
        cortex.Context.State.Create();
        var start = new ProcessStartInfo("sh") { ArgumentList = { "-c", "while :; do sleep 0.1; done", "cortex", "run" } };
        start.Environment["CORTEX_STATE"] = cortex.Context.State.Path;
        using var operating = Process.Start(start)!;
        StateDirectory.Write(cortex.Context.State.PidFile, $"{operating.Id}\n");
        var background = new BackgroundOperator(cortex.Context.State, TimeProvider.System);

        Assert.Equal(operating.Id, background.Pid);
        Assert.True(await background.StopAsync(ct));
        await operating.WaitForExitAsync(ct);
        Assert.False(File.Exists(cortex.Context.State.PidFile));
    }
}
