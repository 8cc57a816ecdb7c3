using Cortex.Cli.Api;
using Cortex.Cli.Commands;
using Cortex.Cli.Console;
using Cortex.Cli.Outcomes;

namespace Cortex.Operator.Tests.Commands;

/// <summary>Who ends a command that waits is told what goes on without it.</summary>
public sealed class InterruptTests
{
    [Fact]
    public async Task The_wait_of_up_says_that_the_operator_goes_on()
    {
        await using var place = new Workplace();
        await place.ServeAsync();
        await place.RunAsync("apply", "-f", place.File("cortex.yaml", Samples.Yaml));
        using var api = new ClusterApi(place.Here.State.Kubeconfig, TimeProvider.System);
        var wait = new ReadyWait(place.Here, api, new Stages(place.Here.Screen, TimeProvider.System));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.RunAsync([new("default", "cortex")], TimeSpan.FromMinutes(1), new CancellationToken(canceled: true)));
        Assert.Equal("cortex: the operator goes on; ./cortex up waits again, ./cortex down stops it\n", place.Error);
    }

    [Fact]
    public async Task The_wait_of_promote_says_that_the_wish_stays()
    {
        await using var place = new Workplace();
        await place.ServeAsync();
        await place.RunAsync("apply", "-f", place.File("cortex.yaml", Samples.Yaml));
        using var interrupt = new CancellationTokenSource();
        var command = place.RunAsync(place.Here, interrupt.Token, "promote", "cortex-s1");

        // The first news is told once the wait has begun.
        await Eventually.HoldsAsync("the command waits", () => place.Error.Contains("waiting for the operator", StringComparison.Ordinal));

        await interrupt.CancelAsync();

        Assert.Equal(ExitCodes.Interrupted, await command);
        Assert.EndsWith("cortex: spec.promote still asks for cortex-s1; ./cortex status shows what becomes of it\n", place.Error, StringComparison.Ordinal);
    }
}
