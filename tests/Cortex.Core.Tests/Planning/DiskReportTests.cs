using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>How full the volumes are, in the status and in a condition.</summary>
public sealed class DiskReportTests
{
    private const long Gigabyte = 1_000_000_000;

    private static readonly DiskSpace Roomy = new(100 * Gigabyte, 60 * Gigabyte);

    [Theory]
    [InlineData("100 60\n", 100 << 10, 60 << 10)]
    [InlineData("100 0", 100 << 10, 0)]
    public void The_note_of_an_instance_is_read(string text, long size, long free) =>
        Assert.Equal(new DiskSpace(size, free), DiskSpace.Parse(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("100")]
    [InlineData("0 0")]
    [InlineData("100 -1")]
    [InlineData("100 60 1")]
    [InlineData("9999999999999999 1")]
    public void Any_other_text_says_nothing(string? text) => Assert.Null(DiskSpace.Parse(text));

    [Theory]
    [InlineData(100 * Gigabyte, 5 * Gigabyte, false)]
    [InlineData(100 * Gigabyte, (5 * Gigabyte) - 1, true)]
    [InlineData(1L << 30, 257L << 20, false)]
    [InlineData(1L << 30, 255L << 20, true)]
    [InlineData(400L << 20, 101L << 20, false)]
    [InlineData(400L << 20, 99L << 20, true)]
    public void A_volume_is_low_before_it_is_full(long size, long free, bool isLow) =>
        Assert.Equal(isLow, new DiskSpace(size, free).IsLow(wasLow: false));

    [Fact]
    public void Small_changes_leave_the_status_as_it_is()
    {
        var first = Report(null, Roomy);
        Assert.Equal(60 * Gigabyte, Disk(first)?.FreeBytes);

        Assert.Same(Disk(first), Disk(Report(first, Roomy with { FreeBytes = 56 * Gigabyte })));
        Assert.Equal(54 * Gigabyte, Disk(Report(first, Roomy with { FreeBytes = 54 * Gigabyte }))?.FreeBytes);
        Assert.Equal(65 * Gigabyte, Disk(Report(first, Roomy with { FreeBytes = 65 * Gigabyte }))?.FreeBytes);
    }

    [Fact]
    public void A_volume_that_becomes_low_is_a_condition_with_the_instance_and_the_space_until_a_quarter_more_is_free()
    {
        var roomy = Report(null, Roomy);
        var low = Report(roomy, Roomy with { FreeBytes = 4 * Gigabyte });
        var still = Report(low, Roomy with { FreeBytes = 6 * Gigabyte });
        var again = Report(still, Roomy with { FreeBytes = 7 * Gigabyte });

        Assert.Equal(
            ["False", "True", "True", "False"],
            new[] { roomy, low, still, again }.Select(status => Full(status)!.Status));
        Assert.StartsWith("4.0 GB of 100.0 GB are left for cortex-pr. ", Full(low)!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_volume_that_becomes_low_is_an_event_once()
    {
        var roomy = Report(null, Roomy);
        var low = Report(roomy, Roomy with { FreeBytes = 4 * Gigabyte });
        var lower = Report(low, Roomy with { FreeBytes = Gigabyte });

        var told = Assert.Single(ClusterEvents.Between(roomy, low));
        Assert.Equal((true, EventReasons.DiskFull), (told.Warning, told.Reason));
        Assert.Empty(ClusterEvents.Between(low, lower));
    }

    [Fact]
    public void A_low_volume_stays_low_when_its_server_has_stopped_and_until_the_volume_is_gone()
    {
        var low = Report(null, Roomy with { FreeBytes = 4 * Gigabyte });
        var silent = Sound().WithPostgres(Pr, null);

        Assert.Equal(Full(low), Full(Build(low, silent)));
        Assert.Null(Disk(Build(low, silent with { Inventory = silent.Inventory with { Volumes = [] } })));
    }

    [Fact]
    public void Where_no_instance_tells_there_is_no_condition() => Assert.Null(Full(Report(null, null)));

    private static ClusterStatus Report(ClusterStatus? before, DiskSpace? disk)
    {
        var seen = Sound();
        return Build(before, seen.WithPostgres(Pr, seen.Postgres[Pr] with { Disk = disk }));
    }

    private static ClusterStatus Build(ClusterStatus? before, Observation seen)
    {
        var now = new Situation(Cluster(null, before ?? Led()), seen, Now);
        return StatusReport.Build(now, Plan(now), new PassOutcome(null, null));
    }

    private static DiskStatus? Disk(ClusterStatus status) => status.Instances.Single(instance => instance.Name == Pr).Disk;

    private static Condition? Full(ClusterStatus status) =>
        status.Conditions.SingleOrDefault(condition => condition.Type == ConditionTypes.DiskFull);
}
