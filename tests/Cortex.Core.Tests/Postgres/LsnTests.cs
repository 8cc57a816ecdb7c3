using Cortex.Core.Postgres;
using FsCheck;
using FsCheck.Fluent;

namespace Cortex.Core.Tests.Postgres;

public sealed class LsnTests
{
    private static readonly Arbitrary<ulong> Places = ArbMap.Default.GeneratorFor<ulong>().ToArbitrary();

    [Theory]
    [InlineData("0/3000148", 0x3000148UL)]
    [InlineData("16/B374D848", 0x16B374D848UL)]
    [InlineData("FFFFFFFF/FFFFFFFF", ulong.MaxValue)]
    [InlineData("0/0", 0UL)]
    public void A_place_is_read_and_written_as_the_server_does(string text, ulong bytes)
    {
        Assert.Equal(bytes, Lsn.Parse(text).Bytes);
        Assert.Equal(text, new Lsn(bytes).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("0")]
    [InlineData("0/")]
    [InlineData("0/G")]
    [InlineData("0/123456789")]
    [InlineData("0/1/2")]
    [InlineData(" 0/1")]
    [InlineData("0/-1")]
    [InlineData(null)]
    public void A_text_that_is_not_a_position_is_refused(string? text)
    {
        Assert.False(Lsn.TryParse(text, out _));
        Assert.Throws<FormatException>(() => Lsn.Parse(text!));
    }

    [Fact]
    public void Every_place_survives_the_round_trip() =>
        Prop.ForAll(Places, bytes => Lsn.Parse(new Lsn(bytes).ToString()).Bytes == bytes).Holds();

    [Fact]
    public void Order_and_distance_are_those_of_the_bytes() =>
        Prop.ForAll(Places, Places, (a, b) =>
        {
            var (left, right) = (new Lsn(a), new Lsn(b));
            return (left < right) == (a < b) && (left >= right) == (a >= b) && Math.Sign(left.CompareTo(right)) == a.CompareTo(b)
                && left.BytesBehind(right) == (b > a ? b - a : 0) && (left.BytesBehind(right) == 0 || right.BytesBehind(left) == 0);
        }).Holds();
}
