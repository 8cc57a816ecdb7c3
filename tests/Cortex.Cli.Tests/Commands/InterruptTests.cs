using Cortex.Cli.Api;
using Cortex.Cli.Commands;
using Cortex.Cli.Console;
using Cortex.Cli.Outcomes;

namespace Cortex.Cli.Tests.Commands;

/// <summary>An interrupted command reports what continues without it.</summary>
public sealed class InterruptTests
{
    [Fact]
    public async Task An_interrupted_up_reports_that_the_operator_continues()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        await cortex.RunAsync("apply", "-f", cortex.File("cortex.yaml", Samples.Yaml));
        using var api = new ClusterApi(cortex.Context.State.Kubeconfig, TimeProvider.System);
        var wait = new ReadyWait(cortex.Context, api, new Stages(cortex.Context.Screen, TimeProvider.System));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => wait.RunAsync([new("default", "cortex")], TimeSpan.FromMinutes(1), new CancellationToken(canceled: true)));
        Assert.Equal("cortex: the operator continues; ./cortex up waits again, ./cortex down stops the operator\n", cortex.Error);
    }

    [Fact]
    public async Task An_interrupted_promote_reports_that_spec_promote_is_kept()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        await cortex.RunAsync("apply", "-f", cortex.File("cortex.yaml", Samples.Yaml));
        using var interrupt = new CancellationTokenSource();
        var command = cortex.RunAsync(cortex.Context, interrupt.Token, "promote", "cortex-s1");

        // The first message is printed when the wait has begun.
        await Eventually.HoldsAsync("the command waits", () => cortex.Error.Contains("waiting for the operator", StringComparison.Ordinal));

        await interrupt.CancelAsync();

        Assert.Equal(ExitCodes.Interrupted, await command);
        Assert.EndsWith(
            "cortex: spec.promote is still cortex-s1; ./cortex status shows the progress\n", cortex.Error, StringComparison.Ordinal);
    }
}
