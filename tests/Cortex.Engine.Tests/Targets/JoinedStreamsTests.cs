using Cortex.Engine.Targets.Podman;

namespace Cortex.Engine.Tests.Targets;

public sealed class JoinedStreamsTests
{
    [Fact]
    public void A_line_that_is_written_in_parts_is_not_cut_by_a_line_of_the_other_stream()
    {
        var joined = new JoinedStreams(100);

        joined.Add(2, "touch: "u8);
        joined.Add(1, "refused\nnext"u8);
        joined.Add(2, "cannot touch"u8);
        joined.Add(2, ": read-only\nlast"u8);

        Assert.Equal("refused\ntouch: cannot touch: read-only\nnextlast", joined.End());
    }

    [Fact]
    public void Only_the_end_is_kept_also_of_a_line_without_an_end()
    {
        var joined = new JoinedStreams(4);

        joined.Add(1, "abc\ndef"u8);
        joined.Add(1, "ghij"u8);

        Assert.Equal("ghij", joined.End());
    }
}
