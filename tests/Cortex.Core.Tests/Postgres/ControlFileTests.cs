using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Postgres;

public sealed class ControlFileTests
{
    /// <summary>The beginnings of what 18.6 and 19rc1 wrote at their first shutdown; zeros follow.</summary>
    private const string Eighteen =
        "0ea07956818d096b080700003300120c0100000000000000828d096b00000000705e760100000000705e7601000000000100000001000000"
            + "0100000001000000f0020000000000007b3500000100000000000000e802000001000000010000000100000000000000828d096b00000000"
            + "00000000000000000000000000000000e8030000000000000000000000000000000000000000000000000000000000000000000000000000"
            + "00000000010000000000000064000000080000000a0000000000000040000000";

    private const string Nineteen =
        "0e2088ae838d096b710700008d95130c0100000000000000858d096b00000000880075010000000088007501000000000100000001000000"
            + "010000000100000000000000000000009602000000000000aa3500000100000001000000000000008e020000010000000100000001000000"
            + "858d096b0000000000000000000000000000000000000000e803000000000000000000000000000000000000000000000000000000000000"
            + "000000000000000000000000010000000000000064000000080000000a0000000000000080000000";

    [Fact]
    public void A_file_that_is_not_a_control_file_is_not_read()
    {
        Assert.Null(ControlFile.Parse(null));
        Assert.Null(ControlFile.Parse([1, 2, 3]));
        Assert.Null(ControlFile.Parse(new byte[8192]));
    }

    /// <summary>As pg_controldata and pg_waldump show them.</summary>
    [Theory]
    [InlineData(Eighteen, "7712851423489794062", "0/1765E70", 114, 64)]
    [InlineData(Nineteen, "7712851433557073934", "0/1750088", 122, 128)]
    public void A_primary_that_was_shut_down_is_read_in_every_layout(string file, string system, string checkpoint, int length, int locks)
    {
        var read = ControlFile.Parse(File(file))!;

        Assert.Equal((system, ControlState.ShutDown), (read.SystemIdentifier, read.State));
        Assert.Equal((Lsn.Parse(checkpoint), 1L, null), (read.Checkpoint, read.Timeline, read.Recovered));
        Assert.Equal(read.Checkpoint.Bytes + (ulong)length, read.EndOfShutdown.Bytes);
        Assert.Equal([100, 8, 10, 0, locks], StandbyLimits.InControlFile.Select(name => read.Limits[name]));
    }

    [Fact]
    public void The_layout_of_a_version_that_is_not_known_is_not_guessed()
    {
        var file = File(Nineteen);
        BitConverter.GetBytes(2000).CopyTo(file, 8);

        Assert.Null(ControlFile.Parse(file));
    }

    private static byte[] File(string beginning)
    {
        var file = new byte[ControlFile.Size];
        Convert.FromHexString(beginning).CopyTo(file, 0);
        return file;
    }
}
