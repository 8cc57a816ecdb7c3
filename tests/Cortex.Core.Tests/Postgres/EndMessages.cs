using System.Buffers.Binary;
using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Postgres;

/// <summary>The message that process 1 of a container leaves when its server ended cleanly, as Kubernetes returns it.</summary>
public sealed class EndMessages
{
    [Theory]
    [InlineData(ControlState.ShutDown, true)]
    [InlineData(ControlState.ShutDownInRecovery, true)]
    [InlineData(ControlState.InProduction, false)]
    [InlineData(ControlState.ShuttingDown, false)]
    public void It_counts_where_it_says_that_the_server_ended_cleanly(ControlState state, bool counts)
    {
        var control = Control(state);

        Assert.Equal(counts ? control : null, ServerProcess.ControlIn(Of(control[..512])));
    }

    [Theory]
    [InlineData(511)]
    [InlineData(513)]
    [InlineData(0)]
    public void Too_little_or_too_much_is_nothing(int length) =>
        Assert.Null(ServerProcess.ControlIn(Of(Control(ControlState.ShutDown)[..length])));

    [Fact]
    public void Anything_else_is_nothing()
    {
        var whole = Of(Control(ControlState.ShutDown)[..512]);

        Assert.NotNull(ServerProcess.ControlIn(whole));
        Assert.All(
            new[]
            {
                null, "", "pg_control:\n", "Error: out of memory", whole[1..], whole[..^8], whole + "more", whole + new string(' ', 4096),
                whole.Replace('A', '*'),
            },
            name => Assert.Null(ServerProcess.ControlIn(name)));
    }

    /// <summary>The beginning of a control file, and as many zeros as PostgreSQL puts after it.</summary>
    internal static byte[] Control(ControlState state)
    {
        var control = new byte[ControlFile.Size];
        BinaryPrimitives.WriteUInt64LittleEndian(control, 7_000_000_000_000_000_001);
        BinaryPrimitives.WriteUInt32LittleEndian(control.AsSpan(8), 1700);
        BinaryPrimitives.WriteUInt32LittleEndian(control.AsSpan(16), (uint)state);
        BinaryPrimitives.WriteUInt64LittleEndian(control.AsSpan(32), 0x3000028);
        BinaryPrimitives.WriteUInt32LittleEndian(control.AsSpan(48), 1);
        return control;
    }

    /// <summary>In lines, as base64 prints it.</summary>
    private static string Of(byte[] content)
    {
        var lines = Convert.ToBase64String(content, Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\n");
        return $"pg_control:\n{lines}\n";
    }
}
