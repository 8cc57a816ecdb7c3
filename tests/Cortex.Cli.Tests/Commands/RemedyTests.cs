using Cortex.Cli.Commands;
using Cortex.Core.Planning;
using Cortex.Engine.Targets;

namespace Cortex.Cli.Tests.Commands;

/// <summary>A failure of the target is two lines: what is wrong, and what to do next.</summary>
public sealed class RemedyTests
{
    [Fact]
    public async Task The_second_line_is_the_whole_remedy_and_the_first_is_not_cut()
    {
        Assert.Equal(
            ["cortex: Podman did not start a; it did not start b", "  free some disk space; then run it again"],
            await LinesAsync(new TargetException("Podman did not start a; it did not start b", "free some disk space; then run it again")));
    }

    [Fact]
    public async Task A_failure_without_a_remedy_points_to_the_doctor() =>
        Assert.Equal(
            ["cortex: spec.image: no; spec.storage: no", "  ./cortex doctor checks the usual causes"],
            await LinesAsync(new TargetException("spec.image: no; spec.storage: no")));

    /// <summary>The names of other programs are not a defect of cortex.</summary>
    [Fact]
    public async Task An_object_of_another_owner_is_named_with_the_choice_that_the_user_has() =>
        Assert.Equal(
            ["cortex: volume cortex-pr-data belongs to the cluster a/cortex", "  rename the cluster or remove the volume"],
            await LinesAsync(new ForeignObjectException(new ForeignObject("volume", "cortex-pr-data", "the cluster a/cortex"))));

    /// <summary>Events and status have one text for both.</summary>
    [Fact]
    public void The_message_has_both()
    {
        Assert.Equal("wrong; do this", new TargetException("wrong", "do this").Message);
        Assert.Equal(
            "pod a belongs to b; rename the cluster or remove the pod",
            new ForeignObjectException(new ForeignObject("pod", "a", "b")).Message);
    }

    private static async Task<string[]> LinesAsync(Exception failure)
    {
        await using var runner = new CommandRunner();
        CommandLine.PrintFailure(failure, runner.Context);
        return runner.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
