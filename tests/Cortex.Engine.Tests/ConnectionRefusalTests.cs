using System.Net;
using System.Net.Sockets;
using System.Text;
using Cortex.Engine.Sql;
using Npgsql;

namespace Cortex.Engine.Tests;

/// <summary>Whoever hangs gets time to send what it has; whoever is dead costs a promotion no time.</summary>
public sealed class ConnectionRefusalTests : IDisposable
{
    /// <summary>What is told apart here is answers; a busy machine takes its time for them.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task Where_nobody_listens_nobody_has_anything_to_send()
    {
        listener.Start();
        var port = Port;
        listener.Stop();
        Assert.True(await IsSeenAsync(port, Long));
    }

    [Fact]
    public async Task A_forwarded_port_that_hangs_up_has_nobody_behind_it() => Assert.True(await AnsweredByAsync([]));

    [Theory]
    [InlineData("57P03", "the database system is starting up", true)]
    [InlineData("57P03", "the database system is in recovery mode", true)]
    [InlineData("57P03", "the database system is shutting down", false)]
    [InlineData("53300", "sorry, too many clients already", false)]
    [InlineData("28P01", "password authentication failed", false)]
    public async Task Only_a_server_that_says_that_it_recovers_has_nothing_to_send(string code, string message, bool nothing) =>
        Assert.Equal(nothing, await AnsweredByAsync(Error(code, message)));

    [Fact]
    public async Task Silence_is_no_refusal()
    {
        listener.Start();
        Assert.False(await IsSeenAsync(Port, ConnectionRefusal.Deadline));
    }

    public void Dispose() => listener.Dispose();

    private int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    private async Task<bool> AnsweredByAsync(byte[] reply)
    {
        listener.Start();
        var asking = IsSeenAsync(Port, Long);
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await client.GetStream().ReadAtLeastAsync(new byte[1024], 8, cancellationToken: TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(reply, TestContext.Current.CancellationToken);
        client.Close();
        return await asking;
    }

    private static async Task<bool> IsSeenAsync(int port, TimeSpan patience)
    {
        await using var source = NpgsqlDataSource.Create(
            $"Host=127.0.0.1;Port={port};Username=u;Database=d;SSL Mode=Disable;GSS Encryption Mode=Disable");
        return await ConnectionRefusal.IsSeenAsync(source, patience, TestContext.Current.CancellationToken);
    }

    /// <summary>https://www.postgresql.org/docs/current/protocol-message-formats.html, ErrorResponse.</summary>
    private static byte[] Error(string code, string message)
    {
        var fields = Encoding.ASCII.GetBytes($"SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
        var length = fields.Length + 4;
        return [(byte)'E', (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length, .. fields];
    }
}
