using System.Net;
using System.Net.Sockets;
using System.Text;
using Cortex.Engine.Sql;
using Npgsql;

namespace Cortex.Engine.Tests;

/// <summary>A server that hangs gets time to send its WAL; a dead server does not delay a promotion.</summary>
public sealed class ConnectionRefusalTests : IDisposable
{
    /// <summary>The tests compare answers, not times: a busy machine answers late.</summary>
    private static readonly TimeSpan LongerThanARefusal = TimeSpan.FromMinutes(1);

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task A_port_without_a_listener_counts_as_a_dead_server()
    {
        listener.Start();
        var port = Port;
        listener.Stop();
        Assert.True(await IsSeenAsync(port, LongerThanARefusal));
    }

    [Fact]
    public async Task A_forwarded_port_that_closes_the_connection_counts_as_a_dead_server() => Assert.True(await AnsweredByAsync([]));

    [Theory]
    [InlineData("57P03", "the database system is starting up", true)]
    [InlineData("57P03", "the database system is in recovery mode", true)]
    [InlineData("57P03", "the database system is shutting down", false)]
    [InlineData("53300", "sorry, too many clients already", false)]
    [InlineData("28P01", "password authentication failed", false)]
    public async Task Only_a_server_that_is_starting_or_recovering_has_nothing_to_send(string code, string message, bool nothing) =>
        Assert.Equal(nothing, await AnsweredByAsync(Error(code, message)));

    [Fact]
    public async Task Silence_is_not_a_refusal()
    {
        listener.Start();
        Assert.False(await IsSeenAsync(Port, ConnectionRefusal.RefusalTimeout));
    }

    public void Dispose() => listener.Dispose();

    private int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    private async Task<bool> AnsweredByAsync(byte[] reply)
    {
        listener.Start();
        var asking = IsSeenAsync(Port, LongerThanARefusal);
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await client.GetStream().ReadAtLeastAsync(new byte[1024], 8, cancellationToken: TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(reply, TestContext.Current.CancellationToken);
        client.Close();
        return await asking;
    }

    private static async Task<bool> IsSeenAsync(int port, TimeSpan limit)
    {
        await using var source = NpgsqlDataSource.Create(
            $"Host=127.0.0.1;Port={port};Username=u;Database=d;SSL Mode=Disable;GSS Encryption Mode=Disable");
        return await ConnectionRefusal.IsSeenAsync(source, limit, TestContext.Current.CancellationToken);
    }

    /// <summary>https://www.postgresql.org/docs/current/protocol-message-formats.html, ErrorResponse.</summary>
    private static byte[] Error(string code, string message)
    {
        var fields = Encoding.ASCII.GetBytes($"SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
        var length = fields.Length + 4;
        return [(byte)'E', (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length, .. fields];
    }
}
