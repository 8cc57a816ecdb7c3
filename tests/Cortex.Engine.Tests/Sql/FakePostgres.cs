using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Cortex.Engine.Tests.Sql;

/// <summary>What a fake server does when it is asked.</summary>
public enum Behaviour
{
    /// <summary>Answers as PostgreSQL would.</summary>
    Sound,

    /// <summary>Accepts connections and sends nothing.</summary>
    Mute,

    /// <summary>Sends nothing after the first question.</summary>
    Stalling,

    /// <summary>Sends a message that never ends, byte by byte.</summary>
    Dripping,

    /// <summary>Sends rows without an end.</summary>
    EndlessRows,

    /// <summary>One row of two gigabytes.</summary>
    HugeRow,

    /// <summary>A notice of two gigabytes, which a client reads whole.</summary>
    HugeNotice,

    /// <summary>Text where numbers are expected.</summary>
    WrongTypes,

    /// <summary>Fewer columns than were asked for.</summary>
    FewColumns,

    /// <summary>Sends bytes that are not a message, without an end.</summary>
    Garbage,

    /// <summary>Sends a system identifier of a million characters.</summary>
    LongNames,
}

/// <summary>
/// A server that speaks the beginning of PostgreSQL's protocol (https://www.postgresql.org/docs/current/protocol-message-formats.html) over
/// TLS, with a certificate of the cluster, as the owner of an instance's container can. Then it behaves as <see cref="Behaviour"/> says.
/// </summary>
internal sealed class FakePostgres : IAsyncDisposable
{
    private const int SslRequest = 80877103;
    private const int CancelRequest = 80877102;

    private static readonly byte[] Noise = [.. Enumerable.Range(0, 4096).Select(number => (byte)(number * 31))];

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closing = new();
    private readonly X509Certificate2 certificate;
    private readonly Behaviour behaviour;
    private readonly Task accepting;
    private long sent;
    private int asked;

    public FakePostgres(X509Certificate2 certificate, Behaviour behaviour)
    {
        (this.certificate, this.behaviour) = (certificate, behaviour);
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>The number of bytes that the client has read.</summary>
    public long Sent => Interlocked.Read(ref sent);

    /// <summary>The number of questions that it received.</summary>
    public int Asked => Volatile.Read(ref asked);

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        listener.Dispose();
        await accepting;
        closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> served = [];
        try
        {
            while (true)
            {
                served.Add(ServeAsync(await listener.AcceptTcpClientAsync(closing.Token)));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var tls = await SecureAsync(client.GetStream());
                if (await StartAsync(tls))
                {
                    await ConverseAsync(tls);
                }
            }
            catch (Exception end) when (
                end is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
                // The client has closed the connection, or does not trust the server.
            }
        }
    }

    private async Task<SslStream> SecureAsync(NetworkStream plain)
    {
        if (await FirstAsync(plain) is not SslRequest)
        {
            throw new IOException("no TLS was asked for");
        }

        if (behaviour == Behaviour.Mute)
        {
            await Task.Delay(Timeout.Infinite, closing.Token);
        }

        await plain.WriteAsync("S"u8.ToArray(), closing.Token);
        var tls = new SslStream(plain, leaveInnerStreamOpen: false, (_, client, _, _) => client is not null);
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = certificate, ClientCertificateRequired = true }, closing.Token);
        return tls;
    }

    /// <summary>False for a request to cancel, which is ignored.</summary>
    private async Task<bool> StartAsync(SslStream tls)
    {
        if (await FirstAsync(tls) is CancelRequest)
        {
            return false;
        }

        await tls.WriteAsync(
            (byte[])[
                .. Message('R', Whole(0)),
                .. Message('S', Text("server_version"), Text("17.6")),
                .. Message('S', Text("client_encoding"), Text("UTF8")),
                .. Message('S', Text("integer_datetimes"), Text("on")),
                .. Message('S', Text("standard_conforming_strings"), Text("on")),
                .. Message('K', Whole(1), Whole(1)),
                .. Message('Z', "I"u8.ToArray()),
            ],
            closing.Token);
        return true;
    }

    private async Task ConverseAsync(SslStream tls)
    {
        var head = new byte[5];
        while (true)
        {
            await tls.ReadExactlyAsync(head, closing.Token);
            await tls.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1)) - 4], closing.Token);
            if (head[0] == 'X')
            {
                return;
            }

            // Sync: the question is complete.
            if (head[0] == 'S')
            {
                Interlocked.Increment(ref asked);
                await AnswerAsync(tls);
            }
        }
    }

    private Task AnswerAsync(SslStream tls) => behaviour switch
    {
        Behaviour.Sound => SendAsync(tls, Result(SoundRow.Columns, SoundRow.Values())),
        Behaviour.LongNames => SendAsync(tls, Result(SoundRow.Columns, SoundRow.Values(system: new string('7', 1_000_000)))),
        Behaviour.WrongTypes =>
            SendAsync(tls, Result([.. SoundRow.Columns.Select(_ => SoundRow.Text)], [.. SoundRow.Columns.Select(_ => "lies"u8.ToArray())])),
        Behaviour.FewColumns => SendAsync(tls, Result([SoundRow.Bool], [[1]])),
        Behaviour.Garbage => FloodAsync(tls, Noise, Noise),
        Behaviour.EndlessRows => FloodAsync(tls, [.. Begin(SoundRow.Columns)], Message('D', SoundRow.Row(SoundRow.Values()))),
        Behaviour.HugeRow => FloodAsync(tls, [.. Begin(SoundRow.Columns), (byte)'D', .. Whole(int.MaxValue), 0, 17], new byte[16 * 1024]),
        Behaviour.HugeNotice => FloodAsync(tls, [(byte)'N', .. Whole(int.MaxValue)], new byte[16 * 1024]),
        Behaviour.Dripping => DripAsync(tls),
        _ => Task.Delay(Timeout.Infinite, closing.Token),
    };

    private async Task FloodAsync(SslStream tls, byte[] first, byte[] then)
    {
        await SendAsync(tls, first);
        while (true)
        {
            await SendAsync(tls, then);
        }
    }

    private async Task DripAsync(SslStream tls)
    {
        await SendAsync(tls, [(byte)'N', .. Whole(1000)]);
        while (true)
        {
            await SendAsync(tls, [0]);
            await Task.Delay(20, closing.Token);
        }
    }

    private async Task SendAsync(SslStream tls, byte[] bytes)
    {
        await tls.WriteAsync(bytes, closing.Token);
        Interlocked.Add(ref sent, bytes.Length);
    }

    private async Task<int> FirstAsync(Stream stream)
    {
        var head = new byte[8];
        await stream.ReadExactlyAsync(head, closing.Token);
        await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(head) - 8], closing.Token);
        return BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4));
    }

    private static byte[] Result(IReadOnlyList<int> columns, IReadOnlyList<byte[]?> values) =>
        [.. Begin(columns), .. Message('D', SoundRow.Row(values)), .. Message('C', Text("SELECT 1")), .. Message('Z', "I"u8.ToArray())];

    /// <summary>ParseComplete, BindComplete and the description of the rows: every column is binary.</summary>
    private static byte[] Begin(IReadOnlyList<int> columns) =>
    [
        .. Message('1'),
        .. Message('2'),
        .. Message(
            'T',
            [
                .. Short(columns.Count),
                .. columns.SelectMany(
                    type => (byte[])[.. Text("c"), .. Whole(0), .. Short(0), .. Whole(type), .. Short(-1), .. Whole(-1), .. Short(1)]),
            ]),
    ];

    private static byte[] Message(char kind, params byte[][] parts)
    {
        byte[] body = [.. parts.SelectMany(part => part)];
        return [(byte)kind, .. Whole(body.Length + 4), .. body];
    }

    internal static byte[] Whole(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    internal static byte[] Short(int number) => Whole(number)[2..];

    private static byte[] Text(string text) => [.. Encoding.UTF8.GetBytes(text), 0];
}

/// <summary>The answer of a primary to the question of InstanceProbe.</summary>
internal static class SoundRow
{
    public const int Bool = 16;
    public const int Big = 20;
    public const int Int = 23;
    public const int Text = 25;

    public static readonly IReadOnlyList<int> Columns =
    [
        Bool, Text, Big, Text, Bool, Text, Bool, Text, Text, Text, Bool, Text, Text, Text, Text, Bool, Text, Text, Text, Text, Text, Int,
        Text, Text,
    ];

    public static IReadOnlyList<byte[]?> Values(string system = "7000000000000000001") =>
    [
        [0], Said(system), [0, 0, 0, 0, 0, 0, 0, 1], Said("0/3000060"), [0], Said("r1"), [1], Said("{}"), null, Said("{}"),
        [0], Said(""), Said("[]"), Said("{}"), Said("17.6 (Debian 17.6-1)"), [0], null, Said("[]"), Said("[]"), Said("{}"), Said("[]"),
        [0, 0, 0, 0], Said("{}"), Said("100 60\n"),
    ];

    public static byte[] Row(IReadOnlyList<byte[]?> values) =>
        [
            .. FakePostgres.Short(values.Count),
            .. values.SelectMany(value => value is null ? FakePostgres.Whole(-1) : [.. FakePostgres.Whole(value.Length), .. value]),
        ];

    private static byte[] Said(string text) => Encoding.UTF8.GetBytes(text);
}
