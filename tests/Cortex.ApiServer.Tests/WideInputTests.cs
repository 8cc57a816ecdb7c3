using System.Text.Json.Nodes;
using Cortex.ApiServer.Patching;
using Cortex.ApiServer.Tests.Support;

namespace Cortex.ApiServer.Tests;

/// <summary>
/// Objects of 100,000 members, which fit into a request. What is done member by member must not look at all others each time: it took minutes where it did,
/// longer than the client here waits.
/// </summary>
public sealed class WideInputTests(TestServer server) : IClassFixture<TestServer>
{
    private const int Many = 100_000;

    // 112 s each before.
    [Theory, InlineData("Strict", 400), InlineData("Warn", 201), InlineData("Ignore", 201)]
    public async Task Unknown_fields_are_dropped(string validation, int expected)
    {
        var (code, body) = await server.PostAsync($"{TestServer.Widgets}?dryRun=All&fieldValidation={validation}", Widgets.Yaml("unknown", more: $", {Members("1")}"));
        Assert.Equal(expected, code);
        if (expected == 201)
            Assert.Equal(["size", "color"], body["spec"]!.AsObject().Select(member => member.Key));
    }

    // 60 s before.
    [Fact]
    public async Task Nulls_that_count_as_left_out_are_dropped()
    {
        var (code, body) = await server.PostAsync("/api/v1/namespaces?dryRun=All",
            $$$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"nulls","labels":{"kept":"a",{{{{Members("null")}}}}}}}""");
        Assert.Equal(201, code);
        Assert.Equal(["kept", "kubernetes.io/metadata.name"], body["metadata"]!["labels"]!.AsObject().Select(member => member.Key).Order());
    }

    // 170 s before the one, 35 s the other.
    [Fact]
    public async Task A_patch_takes_many_members_away()
    {
        await server.CreateWidgetAsync("wide", more: $", \"free\": {{{Members("1")}}}");
        var (code, body) = await server.SendAsync(HttpMethod.Patch, $"{TestServer.Widgets}/wide?dryRun=All", $$$$"""{"spec":{"free":{{{{{Members("null")}}}}}}}""", "application/merge-patch+json");
        Assert.Equal((200, 0), (code, body["spec"]!["free"]!.AsObject().Count));
        var removals = string.Join(',', Enumerable.Range(0, JsonPatch.MaxOperations).Select(i => $$"""{"op":"remove","path":"/spec/free/k{{i}}"}"""));
        (code, body) = await server.SendAsync(HttpMethod.Patch, $"{TestServer.Widgets}/wide?dryRun=All", $"[{removals}]", "application/json-patch+json");
        Assert.Equal((200, Many - JsonPatch.MaxOperations), (code, body["spec"]!["free"]!.AsObject().Count));
        Assert.Equal(Enumerable.Range(JsonPatch.MaxOperations, Many - JsonPatch.MaxOperations).Select(i => $"k{i}").Order(StringComparer.Ordinal),
            body["spec"]!["free"]!.AsObject().Select(member => member.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_patch_ends_when_its_client_has_gone()
    {
        var patch = JsonNode.Parse("""[{"op":"add","path":"/a","value":1}]""")!.AsArray();
        Assert.Throws<OperationCanceledException>(() => JsonPatch.Apply(new JsonObject(), patch, new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData("{}", "a", false, "")]
    [InlineData("""{"a":1}""", "a", true, "")]
    [InlineData("""{"a":1,"b":2,"c":3}""", "a", true, "c b")]
    [InlineData("""{"a":1,"b":2,"c":3}""", "c", true, "a b")]
    [InlineData("""{"a":1,"b":null}""", "b", true, "a")]
    [InlineData("""{"a":1,"b":null}""", "x", false, "a b")]
    public void A_member_is_cut(string body, string member, bool was, string left)
    {
        var cut = JsonNode.Parse(body)!.AsObject();
        var values = cut.ToDictionary(m => m.Key, m => m.Value?.ToString());
        Assert.Equal(was, cut.Cut(member));
        Assert.Equal(left, string.Join(' ', cut.Select(m => m.Key)));
        Assert.All(cut, m => Assert.Equal(values[m.Key], m.Value?.ToString()));
    }

    private static string Members(string value) => string.Join(',', Enumerable.Range(0, Many).Select(i => $"\"k{i}\":{value}"));
}
