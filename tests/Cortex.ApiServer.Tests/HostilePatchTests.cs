using System.Text.Json.Nodes;
using Cortex.ApiServer.Tests.Support;

namespace Cortex.ApiServer.Tests;

/// <summary>Short patches that require much work or much space. Each is refused and costs no more than the request.</summary>
public sealed class HostilePatchTests(TestServer server) : IClassFixture<TestServer>
{
    private const string JsonPatchType = "application/json-patch+json";

    [Fact]
    public async Task Copies_within_a_patch_are_limited()
    {
        await server.CreateWidgetAsync("copies", more: ", \"free\": {}");
        var patch = new JsonArray(Operation("add", "/spec/free/x", value: new JsonArray("0123456789")));
        for (var i = 0; i < 40; i++)
        {
            patch.Add(Operation("copy", "/spec/free/x/-", from: "/spec/free/x"));
        }

        var (code, status) = await server.SendAsync(
            HttpMethod.Patch, $"{TestServer.Widgets}/copies?dryRun=All", patch.ToJsonString(), JsonPatchType);
        Assert.Equal(422, code);
        // The object also gets deeper with every copy, so either limit may be reached first.
        Assert.Matches("exceeding the limit|deeper than 64 levels", status.Text("message"));
    }

    [Fact]
    public async Task Copies_beside_each_other_are_limited()
    {
        await server.CreateWidgetAsync("beside", more: $", \"free\": {{\"x\": \"{new string('x', 100_000)}\"}}");
        var patch = new JsonArray([.. Enumerable.Range(0, 40).Select(i => Operation("copy", $"/spec/free/y{i}", from: "/spec/free/x"))]);
        var (code, status) = await server.SendAsync(HttpMethod.Patch, $"{TestServer.Widgets}/beside", patch.ToJsonString(), JsonPatchType);
        Assert.Equal(422, code);
        Assert.Contains(
            "the accumulated size increase of copy is 3200064, exceeding the limit 3145728",
            status.Text("message"),
            StringComparison.Ordinal);
    }

    [Theory, InlineData("copy"), InlineData("add")]
    public async Task A_patch_makes_no_object_deeper_than_a_body_may_be(string op)
    {
        var name = $"deep-{op}";
        await server.CreateWidgetAsync(name, more: ", \"free\": {\"a\": {}}");
        var patch = new JsonArray();
        for (var i = 0; i < 18; i++)
        {
            if (op == "copy")
            {
                patch.Add(Operation("copy", $"/spec/free{string.Concat(Enumerable.Repeat("/a", 1 << i))}", from: "/spec/free"));
            }
            else
            {
                patch.Add(
                    Operation(
                        "add",
                        $"/spec/free{string.Concat(Enumerable.Repeat("/a", i * 4 + 1))}",
                        value: JsonNode.Parse("""{"a":{"a":{"a":{"a":{}}}}}""")));
            }
        }

        var (code, status) = await server.SendAsync(HttpMethod.Patch, $"{TestServer.Widgets}/{name}", patch.ToJsonString(), JsonPatchType);
        Assert.Equal(422, code);
        Assert.Contains("deeper than 64 levels", status.Text("message"), StringComparison.Ordinal);
        Assert.Equal(200, (await server.GetAsync($"{TestServer.Widgets}/{name}")).Code);
    }

    [Fact]
    public async Task A_patch_has_at_most_ten_thousand_operations()
    {
        await server.CreateWidgetAsync("many");
        var patch = $"[{string.Join(',', Enumerable.Repeat("""{"op":"test","path":"/kind","value":"Widget"}""", 10_001))}]";
        var (code, status) = await server.SendAsync(HttpMethod.Patch, $"{TestServer.Widgets}/many", patch, JsonPatchType);
        Assert.Equal(
            (413, "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001"),
            (code, status.Text("message")));
    }

    [Fact]
    public async Task An_object_does_not_grow_without_limit_by_patches()
    {
        await server.CreateWidgetAsync("grows", more: ", \"free\": {}");
        var codes = new List<int>();
        for (var i = 0; i < 3; i++)
        {
            var patch = $$$$"""{"spec":{"free":{"x{{{{i}}}}":"{{{{new string('x', 700_000)}}}}"}}}""";
            codes.Add(
                (await server.SendAsync(HttpMethod.Patch, $"{TestServer.Widgets}/grows", patch, "application/merge-patch+json")).Code);
        }

        Assert.Equal([200, 200, 413], codes);
        Assert.Equal(
            200,
            (await server.SendAsync(
                HttpMethod.Patch, $"{TestServer.Widgets}/grows", """{"spec":{"free":null}}""", "application/merge-patch+json")).Code);
    }

    private static JsonObject Operation(string op, string path, string? from = null, JsonNode? value = null)
    {
        var operation = new JsonObject { ["op"] = op, ["path"] = path };
        operation.Put("from", from);
        operation.Put("value", value);
        return operation;
    }
}
