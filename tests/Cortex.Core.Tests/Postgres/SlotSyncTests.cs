using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Postgres;
using static Cortex.Core.Tests.Postgres.Samples;

namespace Cortex.Core.Tests.Postgres;

public sealed class SlotSyncTests
{
    [Theory]
    [InlineData("on", null, null, "spec.postgres.parameters.Sync_replication_slots")]
    [InlineData("t", "replica", null, "spec.postgres.parameters.Sync_replication_slots")]
    [InlineData("on", "logical", "off", "spec.postgres.parameters.hot_standby_feedback")]
    [InlineData("on", "logical", "on", null)]
    [InlineData("1", "logical", null, null)]
    [InlineData("off", null, "off", null)]
    public void The_settings_that_it_needs_are_required(string value, string? level, string? feedback, string? field)
    {
        var refused = ParameterRules.Validate(Parameters(value, level, feedback));

        Assert.Equal(field is null ? [] : [field], refused.Select(refusal => refusal.Path));
    }

    [Fact]
    public void The_settings_that_a_standby_needs_are_added()
    {
        var with = Rows(Parameters("on", "logical", null));
        var without = Rows(User(("wal_level", "logical")));

        Assert.Equal("on", with["hot_standby_feedback"]);
        Assert.Contains(" dbname=postgres", with["primary_conninfo"], StringComparison.Ordinal);
        Assert.Equal("off", without["hot_standby_feedback"]);
        Assert.DoesNotContain("dbname", without["primary_conninfo"], StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Rows(IReadOnlyDictionary<string, string> parameters)
    {
        var (key, spec) = (new ClusterKey("default", "cortex"), new ClusterSpec { Postgres = new() { Parameters = parameters } });
        return InstanceConfiguration.Merge(key, spec, null, "cortex-s1", Builders.Given.Image, new Dictionary<string, string>())
            .ToDictionary(row => row.Name, row => row.Value);
    }

    private static Dictionary<string, string> Parameters(string value, string? level, string? feedback)
    {
        (string Name, string? Value)[] all =
            [("Sync_replication_slots", value), ("wal_level", level), ("hot_standby_feedback", feedback)];
        return all.Where(entry => entry.Value is not null).ToDictionary(entry => entry.Name, entry => entry.Value!);
    }
}
