using System.Text;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Requests;
using Cortex.ApiServer.Tests.Support;

namespace Cortex.ApiServer.Tests;

/// <summary>Bodies in the protobuf form that Go writes. The requests of kubectl are tested with kubectl.</summary>
public sealed class ProtobufTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public void An_object_is_read_with_its_maps_and_lists()
    {
        byte[] labels = [.. Part(1, "tier"), .. Part(2, "gold")];
        byte[] owner = [.. Part(1, "Widget"), .. Part(3, "w"), .. Part(4, "1"), .. Part(5, "example.dev/v1"), 6 << 3, 1];
        byte[] metadata =
        [
            .. Part(1, "mine"), .. Part(2, ""), 7 << 3, 0, .. Part(8, ""), .. Part(11, labels), .. Part(13, owner),
            .. Part(14, "example.dev/hold"), .. Part(14, "example.dev/b"),
        ];
        var body = ProtobufBody.Read(Envelope("v1", "Namespace", Part(1, metadata)));
        var expected = JsonNode.Parse("""
            {"metadata":{"name":"mine","labels":{"tier":"gold"},
            "ownerReferences":[{"kind":"Widget","name":"w","uid":"1","apiVersion":"example.dev/v1","controller":true}],
            "finalizers":["example.dev/hold","example.dev/b"]},"apiVersion":"v1","kind":"Namespace"}
            """)!;
        Assert.Equal(expected.ToJsonString(), body.ToJsonString());
    }

    [Fact]
    public async Task Options_of_a_deletion_apply_in_protobuf_too()
    {
        var widget = await server.CreateWidgetAsync("guarded");
        var path = $"{TestServer.Widgets}/guarded";
        Assert.Equal(409, (await SendAsync(HttpMethod.Delete, path, Envelope("v1", "DeleteOptions", Part(2, Part(1, "other"))))).Code);
        Assert.Equal(422, (await SendAsync(HttpMethod.Delete, path, Envelope("v1", "DeleteOptions", Part(4, "Nonsense")))).Code);
        Assert.Equal(200, (await server.GetAsync(path)).Code);
        Assert.Equal(
            200,
            (await SendAsync(
                HttpMethod.Delete, path, Envelope("v1", "DeleteOptions", Part(2, Part(1, widget.Metadata().Text("uid")!))))).Code);
    }

    [Fact]
    public async Task A_kind_that_is_read_in_JSON_only_is_refused_with_the_accepted_types()
    {
        var (code, status) = await SendAsync(
            HttpMethod.Post, "/api/v1/namespaces/default/events", Envelope("v1", "Event", Part(1, Part(1, "e"))));
        Assert.Equal(
            (415, "the body of the request was in an unknown format - accepted media types include: application/json"),
            (code, status.Text("message")));
    }

    [Fact]
    public async Task Bytes_that_are_not_a_message_are_refused()
    {
        var whole = Envelope("v1", "Namespace", Part(1, Part(1, "cut-off")));
        // Truncated before the object, the body is a namespace without a name, which is refused. The last four bytes are two empty fields.
        for (var length = 0; length < whole.Length - 4; length++)
        {
            Assert.InRange((await SendAsync(HttpMethod.Post, "/api/v1/namespaces", whole[..length])).Code, 400, 422);
        }

        byte[][] wrong =
        [
            [1 << 3, 5], [(1 << 3) | 3], [(1 << 3) | 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1],
            [.. Enumerable.Repeat((byte)0xFF, 12)], Part(1, [(1 << 3) | 2, 1, 0xFF]),
        ];
        foreach (var raw in wrong)
        {
            Assert.Equal(400, (await SendAsync(HttpMethod.Post, "/api/v1/namespaces", Envelope("v1", "Namespace", raw))).Code);
        }
    }

    private async Task<(int Code, JsonObject Body)> SendAsync(HttpMethod method, string path, byte[] body)
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new(ProtobufBody.MediaType) } },
        };
        request.Headers.TryAddWithoutValidation("Accept", $"{ProtobufBody.MediaType},application/json");
        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (
            (int)response.StatusCode,
            JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject());
    }

    private static byte[] Envelope(string apiVersion, string kind, byte[] raw) =>
        [.. "k8s\0"u8, .. Part(1, [.. Part(1, apiVersion), .. Part(2, kind)]), .. Part(2, raw), .. Part(3, ""), .. Part(4, "")];

    private static byte[] Part(int field, string text) => Part(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Part(int field, byte[] bytes) => [(byte)((field << 3) | 2), .. Varint(bytes.Length), .. bytes];

    private static byte[] Varint(int number) => number < 0x80 ? [(byte)number] : [(byte)(number | 0x80), .. Varint(number >> 7)];
}
