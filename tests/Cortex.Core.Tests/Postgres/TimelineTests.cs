using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Postgres;

public sealed class TimelineTests
{
    private const string History =
        "1\t0/3000148\tno recovery target specified\n\n# a comment\n3\t0/5000000\tbefore 2026-03-01 12:00:00+00\n";

    [Theory]
    [InlineData(4, "0/9000000", false)]   // the same timeline
    [InlineData(3, "0/5000000", false)]   // all of the parent's, and not a byte more
    [InlineData(3, "0/5000001", true)]
    [InlineData(1, "0/3000000", false)]   // an ancestor, left early
    [InlineData(1, "0/4000000", true)]    // wrote on after the promotion
    [InlineData(2, "0/1000000", true)]    // a side branch
    [InlineData(5, "0/1000000", true)]    // a later one, unknown here
    public void An_instance_has_diverged_when_it_has_wal_that_is_not_in_the_history(uint timeline, string end, bool diverged) =>
        Assert.Equal(diverged, Timeline.Parse(4, History).HasDiverged(new WalPosition(timeline, Lsn.Parse(end))));

    [Fact]
    public void The_first_timeline_descends_from_none()
    {
        Assert.False(Timeline.First.HasDiverged(new WalPosition(1, Lsn.Parse("0/9"))));
        Assert.True(Timeline.First.HasDiverged(new WalPosition(2, Lsn.Parse("0/9"))));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("x 0/1")]
    [InlineData("1 0-1")]
    [InlineData("4 0/1")]
    [InlineData("2 0/1\n1 0/2")]
    [InlineData("1 0/1\n1 0/2")]
    [InlineData("0 0/1")]
    public void A_damaged_history_is_a_format_error(string text) =>
        Assert.Contains("00000004.history", Assert.Throws<FormatException>(() => Timeline.Parse(4, text)).Message);

    [Fact]
    public void The_file_is_named_in_hexadecimal() => Assert.Equal("0000001A.history", Timeline.FileName(26));
}
