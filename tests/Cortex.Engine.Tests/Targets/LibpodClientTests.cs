using System.Net.Sockets;
using System.Text;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Engine.Tests.Targets;

/// <summary>The client with a socket that gives the answers of the test.</summary>
public sealed class LibpodClientTests : IAsyncDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("cortex-").FullName;
    private readonly List<string> requests = [];
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly LibpodClient client;

    public LibpodClientTests()
    {
        listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        listener.Listen();
        client = new LibpodClient(SocketPath, ct => LibpodClient.DialAsync(SocketPath, ct));
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string SocketPath => Path.Combine(directory, "s");

    [Theory]
    [InlineData(
        """{"cause":"c","message":"creating x: image not known","response":500}""",
        "creating x: image not known; build or load the image named in spec.image")]
    [InlineData(
        """{"Errs":["starting a: bind: address already in use"],"Id":"1"}""",
        "starting a: bind: address already in use; the port is taken")]
    [InlineData("""{"cause":"only a cause"}""", "only a cause; `cortex doctor`")]
    [InlineData("Bad Gateway\n", "Bad Gateway; `cortex doctor`")]
    [InlineData("", "status 500; `cortex doctor`")]
    public async Task A_refusal_contains_the_request_the_reason_and_the_remedy(string body, string expected)
    {
        var served = ServeAsync("500 Internal Server Error", body);

        var reply = await client.GetAsync("x", Ct);

        await served;
        var refusal = Assert.Throws<TargetException>(() => reply.OrThrow("make x"));
        Assert.StartsWith($"Podman did not make x: {expected}", refusal.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(304, true), InlineData(204, true), InlineData(200, true), InlineData(404, false), InlineData(409, false)]
    public void An_unchanged_object_is_not_a_refusal(int status, bool fine)
    {
        var reply = new LibpodReply(status, Encoding.UTF8.GetBytes("{}"));

        Assert.Equal(fine, Record.Exception(() => reply.OrThrow("do")) is null);
    }

    [Theory]
    [InlineData("network name test already used: network already exists", true)]
    [InlineData("name \"a\" is in use: pod already exists", true)]
    [InlineData("the container name \"a\" is already in use by 4f", true)]
    [InlineData("no space left on device", false)]
    public void A_name_that_is_taken_is_distinguished_from_other_refusals(string message, bool taken) =>
        Assert.Equal(
            taken,
            new LibpodReply(
                500, Encoding.UTF8.GetBytes($$"""{"message":{{System.Text.Json.JsonSerializer.Serialize(message)}}}""")).AlreadyThere);

    [Fact]
    public async Task A_body_is_sent_under_its_bare_media_type()
    {
        var served = ServeAsync("200 OK", "{}");

        await client.PostAsync("play/kube", "kind: Pod"u8.ToArray(), "application/yaml", TimeSpan.FromSeconds(5), Ct);

        await served;
        Assert.StartsWith("POST /v4.0.0/libpod/play/kube HTTP/1.1\r\n", requests[0], StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: application/yaml\r\n", requests[0], StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nkind: Pod", requests[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_service_is_waited_for_up_to_a_limit()
    {
        var refusal = await Assert.ThrowsAsync<TargetException>(() => client.PostAsync("x", Ct, TimeSpan.FromMilliseconds(50)));

        Assert.Contains("no answer", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_wait_is_not_a_failure_of_Podman()
    {
        using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetAsync("x", cancelled.Token));
    }

    [Fact]
    public async Task A_list_is_requested_again_when_one_of_its_objects_was_removed_meanwhile()
    {
        var served = Task.Run(
            async () =>
            {
                await ServeAsync("500 Internal Server Error", """{"message":"no volume with name a found in database: no such volume"}""");
                await ServeAsync("200 OK", "[]");
            },
            Ct);

        var reply = await client.ListAsync("volumes/json", Ct);

        await served;
        Assert.True(reply.Succeeded);
    }

    [Fact]
    public async Task A_socket_without_a_listener_is_named()
    {
        listener.Dispose();

        var refusal = await Assert.ThrowsAsync<TargetException>(() => client.GetAsync("x", Ct));

        Assert.Contains(SocketPath, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("cortex doctor", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_in_another_shape_says_so()
    {
        var reply = new LibpodReply(200, Encoding.UTF8.GetBytes("[]"));

        var refusal = Assert.Throws<TargetException>(() => reply.Read(LibpodJson.Default.ImageDetail));

        Assert.Contains(nameof(ImageDetail), refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_an_answer_without_end_only_the_beginning_is_kept()
    {
        var served = ServeEndlesslyAsync();

        var reply = await client.GetAsync("x", Ct, most: 100_000);

        Assert.True(reply.IsCut);
        Assert.InRange(reply.Body.Length, 100_000, 200_000);
        Assert.Contains(
            "longer than",
            Assert.Throws<TargetException>(() => reply.Read(LibpodJson.Default.ImageDetail)).Message,
            StringComparison.Ordinal);
        // The client has closed the connection, which ends the endless answer.
        await served;
    }

    [Fact]
    public async Task A_log_without_an_end_to_its_lines_gives_a_part_of_it()
    {
        var served = ServeEndlesslyAsync();

        var log = await PodmanLogs.TailAsync(client, "a", Ct);

        Assert.InRange(log.Length, 1, 16 * 1024);
        await served;
    }

    [Fact]
    public async Task Frames_of_an_attachment_are_put_together_whatever_their_cut()
    {
        using var stream = new MemoryStream(
            [1, 0, 0, 0, 0, 0, 0, 2, .. "ab"u8, 2, 0, 0, 0, 0, 0, 0, 1, .. "!"u8, 1, 0, 0, 0, 0, 0, 0, 9, .. "cut off"u8]);
        var (output, errors) = (new Tail(100), new Tail(100));

        await Attachment.ReadAsync(stream, (number, bytes) => (number == Attachment.StandardOutput ? output : errors).Add(bytes.Span), Ct);

        Assert.Equal(("abcut off", "!"), (output.ToString(), errors.ToString()));
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        listener.Dispose();
        Directory.Delete(directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task ServeAsync(string status, string body)
    {
        using var peer = await listener.AcceptAsync(Ct);
        var buffer = new byte[8192];
        var text = "";
        while (!Whole(text))
        {
            text += Encoding.UTF8.GetString(buffer, 0, await peer.ReceiveAsync(buffer, Ct));
        }

        requests.Add(text);
        await peer.SendAsync(
            Encoding.UTF8.GetBytes($"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}"), Ct);
    }

    /// <summary>Sends frames of an attachment until the client closes the connection.</summary>
    private async Task ServeEndlesslyAsync()
    {
        using var peer = await listener.AcceptAsync(Ct);
        await peer.ReceiveAsync(new byte[8192], Ct);
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"u8.ToArray(), Ct);
        byte[] frame = [1, 0, 0, 0, 0, 0, 0, 8, .. "a line\n\n"u8];
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (true)
            {
                await peer.SendAsync(frame, Ct);
            }
        });
    }

    private static bool Whole(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var length = text.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal));
        return end >= 0
            && text.Length - end - 4 >= (length is null ? 0 : int.Parse(length[16..], System.Globalization.CultureInfo.InvariantCulture));
    }
}
