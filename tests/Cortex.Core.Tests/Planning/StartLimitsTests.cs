using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>A standby that was away while a limit became smaller could not start with the new one.</summary>
public sealed class StartLimitsTests
{
    private static readonly Dictionary<string, PostgresSeen> Leading = new() { [Pr] = Writing() with { Limits = Connections(90) } };
    private static readonly Dictionary<string, ControlFile> Left = new() { [S1] = Control(100) };

    [Fact]
    public void A_standby_that_does_not_run_starts_with_what_its_primary_had_when_it_last_heard_of_it()
    {
        var configuration = Render(S1, "90", StartLimits.Of(Led(), S1, Leading, Left));

        Assert.Contains("max_connections = '100'", configuration.Settings, StringComparison.Ordinal);
        Assert.NotEqual(Render(S1, "90", null).Revision, configuration.Revision);
    }

    [Fact]
    public void A_copy_starts_with_what_the_primary_has_now() => Assert.Contains(
        "max_connections = '90'",
        Render(S1, "80", StartLimits.Of(Led(), S1, Leading, new Dictionary<string, ControlFile>())).Settings,
        StringComparison.Ordinal);

    /// <summary>So it can start again, also for a restart with other changes, until the primary has a smaller limit.</summary>
    [Fact]
    public void A_standby_that_runs_keeps_what_its_primary_has_in_force()
    {
        var running = new Dictionary<string, PostgresSeen>(Leading) { [S1] = Following() with { Limits = Connections(100) } };

        var settings = Render(S1, "80", StartLimits.Of(Led(), S1, running, Left)).Settings;
        Assert.Contains("max_connections = '90'", settings, StringComparison.Ordinal);
        running.Remove(Pr);
        settings = Render(S1, "80", StartLimits.Of(Led(), S1, running, Left)).Settings;
        Assert.Contains("max_connections = '100'", settings, StringComparison.Ordinal);
    }

    [Fact]
    public void A_primary_needs_nothing_of_its_past()
    {
        Assert.Empty(StartLimits.Of(Led(S1), S1, new Dictionary<string, PostgresSeen>(), Left));
        Assert.Empty(StartLimits.Of(Led(), Pr, Leading, Left));
    }

    [Theory]
    [InlineData("100")]
    [InlineData("120")]
    public void What_is_enough_is_left_as_it_is(string wanted) =>
        Assert.Equal(Render(S1, wanted, null), Render(S1, wanted, StartLimits.Of(Led(), S1, Leading, Left)));

    private static InstanceConfiguration Render(string instance, string wanted, IReadOnlyDictionary<string, int>? atLeast)
    {
        var parameters = new Dictionary<string, string> { ["max_connections"] = wanted };
        var spec = new ClusterSpec { Postgres = new() { Parameters = parameters } };
        return InstanceConfiguration.Render(Key, spec, Led(), instance, Image, new Dictionary<string, string>(), [], atLeast);
    }

    private static ControlFile Control(int connections) =>
        new(Builders.Given.System, ControlState.InArchiveRecovery, new Lsn(1), 1) { Limits = Connections(connections) };

    private static Dictionary<string, int> Connections(int count) => new() { ["max_connections"] = count };
}
