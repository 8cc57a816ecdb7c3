using System.Diagnostics;
using Cortex.Cli.LocalMachine;
using Cortex.Operator.LocalState;

namespace Cortex.Operator.Tests.LocalMachine;

public sealed class OperatorProofTests
{
    [Theory]
    [InlineData("/x/cortex\0run\0", "A=1\0CORTEX_STATE=/s\0", true)]
    [InlineData("dotnet\0/x/cortex.dll\0run\0", "CORTEX_STATE=/s\0", true)]
    [InlineData("/x/cortex\0run\0", "CORTEX_STATE=/s2\0", false)]
    [InlineData("/x/cortex\0status\0", "CORTEX_STATE=/s\0", false)]
    [InlineData("/usr/bin/editor\0run\0", "CORTEX_STATE=/s\0", false)]
    [InlineData("", "CORTEX_STATE=/s\0", false)]
    public void A_process_is_the_operator_of_a_directory_by_program_verb_and_environment(string commandLine, string environment, bool expected)
    {
        Assert.Equal(expected, OperatorProof.Holds(commandLine, environment, "/s"));
    }

    [Fact]
    public async Task A_process_that_was_given_the_number_since_is_not_signalled()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var place = new Workplace();
        using var stranger = Process.Start("sleep", "60");
        place.Here.State.Create();
        StateDirectory.Write(place.Here.State.PidFile, $"{stranger.Id}\n");
        var background = new BackgroundOperator(place.Here.State, TimeProvider.System);

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
        await using var place = new Workplace();
        place.Here.State.Create();
        var start = new ProcessStartInfo("sh") { ArgumentList = { "-c", "while :; do sleep 0.1; done", "cortex", "run" } };
        start.Environment["CORTEX_STATE"] = place.Here.State.Path;
        using var operating = Process.Start(start)!;
        StateDirectory.Write(place.Here.State.PidFile, $"{operating.Id}\n");
        var background = new BackgroundOperator(place.Here.State, TimeProvider.System);

        Assert.Equal(operating.Id, background.Pid);
        Assert.True(await background.StopAsync(ct));
        await operating.WaitForExitAsync(ct);
        Assert.False(File.Exists(place.Here.State.PidFile));
    }
}
