using Cortex.Core.Backup;
using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Backup;

/// <summary>Which files of a standby's WAL are complete.</summary>
public sealed class ReceivedWalTests
{
    private const string History = "1\t0/7007198\tno recovery target specified\n\n2\t0/A000000\tno recovery target specified\n";

    private static readonly ReceivedWal Received = new(Timeline.Parse(4, History), Lsn.Parse("1/2FFFFFF"));

    [Theory]
    [InlineData("000000010000000000000006", true)] // ends where the timeline was left, or before
    [InlineData("000000010000000000000007", false)] // the timeline was left in the middle of it
    [InlineData("000000010000000000000008", false)]
    [InlineData("000000020000000000000009", true)]
    [InlineData("00000002000000000000000A", false)]
    [InlineData("000000030000000000000001", false)] // no ancestor
    [InlineData("0000000400000000000000FF", true)]
    [InlineData("000000040000000100000001", true)]
    [InlineData("000000040000000100000002", false)] // one byte is missing
    [InlineData("00000004.history", true)]
    public void A_segment_is_complete_that_ends_before_the_end_of_its_timeline(string file, bool complete) =>
        Assert.Equal(complete, Received.CompleteOf([file]).Contains(file));

    [Fact]
    public void A_segment_that_a_later_one_follows_is_complete_although_the_standby_still_replays()
    {
        string[] marked = ["000000040000000100000009", "000000040000000100000008", "000000010000000000000008", "000000010000000000000007"];

        Assert.Equal(["000000040000000100000008"], Received.CompleteOf(marked));
    }

    [Fact]
    public void A_segment_of_the_first_timeline_is_complete_up_to_where_WAL_was_received()
    {
        var first = new ReceivedWal(Timeline.First, Lsn.Parse("0/3000000"));

        Assert.Equal(["000000010000000000000002"], first.CompleteOf(["000000010000000000000002"]));
        Assert.Empty(first.CompleteOf(["000000010000000000000003"]));
    }
}
