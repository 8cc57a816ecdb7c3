using System.Text;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Tests.Support;

namespace Cortex.ApiServer.Tests;

/// <summary>A refused request changes nothing.</summary>
public sealed class RefusalTests(TestServer server) : IClassFixture<TestServer>
{
    [Theory]
    [InlineData("DELETE", "/apis/example.dev/v1/widgets", 404)]
    [InlineData("DELETE", "/apis/example.dev/v1/widgets?labelSelector=none=such", 404)]
    [InlineData("POST", "/apis/example.dev/v1/widgets", 404)]
    [InlineData("DELETE", "/api/v1/events", 405)]
    [InlineData("DELETE", "/apis/events.k8s.io/v1/events", 405)]
    [InlineData("DELETE", "/apis/coordination.k8s.io/v1/leases", 405)]
    [InlineData("POST", "/apis/coordination.k8s.io/v1/leases", 405)]
    [InlineData("DELETE", "/api/v1/namespaces", 405)]
    public async Task A_path_across_all_namespaces_can_only_be_read(string method, string path, int code)
    {
        await server.PostAsync("/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"aaa"}}""");
        await server.PostAsync("/apis/example.dev/v1/namespaces/aaa/widgets", Widgets.Yaml("kept"));
        var before = await EverythingAsync();
        Assert.Equal(code, (await server.SendAsync(new(method), path, method == "POST" ? Widgets.Yaml("new") : null)).Code);
        Assert.Equal(before, await EverythingAsync());
        Assert.Equal(200, (await server.GetAsync("/apis/example.dev/v1/widgets")).Code);
    }

    [Fact]
    public async Task Only_resources_whose_collections_can_be_deleted_say_so()
    {
        var (_, core) = await server.GetAsync("/api/v1");
        var (_, own) = await server.GetAsync("/apis/example.dev/v1");
        Assert.DoesNotContain("deletecollection", Verbs(core, "namespaces"));
        Assert.Contains("deletecollection", Verbs(core, "events"));
        Assert.Contains("deletecollection", Verbs(own, "widgets"));
    }

    [Fact]
    public async Task A_precondition_that_fails_for_one_object_deletes_nothing_of_the_collection()
    {
        var first = await server.CreateWidgetAsync("first");
        await server.CreateWidgetAsync("second");
        var before = await EverythingAsync();
        var (code, _) = await server.SendAsync(
            HttpMethod.Delete, TestServer.Widgets, $$$"""{"preconditions":{"uid":"{{{first.Metadata().Text("uid")}}}"}}""");
        Assert.Equal(409, code);
        Assert.Equal(before, await EverythingAsync());
    }

    [Theory]
    [InlineData("POST", "")]
    [InlineData("PUT", "/asked")]
    [InlineData("PATCH", "/asked")]
    [InlineData("DELETE", "/asked")]
    [InlineData("DELETE", "")]
    public async Task An_unknown_media_type_is_refused_before_anything_is_written(string method, string name)
    {
        var asked = await server.CreateWidgetAsync($"asked-{method.ToLowerInvariant()}{name.Length}");
        var before = await EverythingAsync();
        asked["spec"]!["size"] = 7;
        var path = TestServer.Widgets + (name.Length == 0 ? "" : $"/{asked.Name()}");
        var body = (method, name) switch { ("DELETE", _) => null, ("POST", _) => Widgets.Yaml("another"), _ => asked.ToJsonString() };
        using var request = new HttpRequestMessage(new(method), path);
        request.Headers.Add("Accept", "application/cbor");
        if (body is not null)
        {
            request.Content = new StringContent(
                body, Encoding.UTF8, method == "PATCH" ? "application/merge-patch+json" : "application/json");
        }

        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(406, (int)response.StatusCode);
        Assert.Equal(before, await EverythingAsync());
    }

    [Theory]
    [InlineData("""{"kind":"Foo"}""", "application/json", 400)]
    [InlineData("""{"kind":"DeleteOptions","apiVersion":"foo/v9"}""", "application/json", 400)]
    [InlineData("""{"apiVersion":"example.dev/v2"}""", "application/json", 400)]
    [InlineData("""{"kind":"DeleteOptions","apiVersion":1}""", "application/json", 400)]
    [InlineData("[]", "application/json", 400)]
    [InlineData("\"x\"", "application/json", 400)]
    [InlineData("5", "application/json", 400)]
    [InlineData("{", "application/json", 400)]
    [InlineData("""{"kind":7}""", "application/json", 400)]
    [InlineData("""{"gracePeriodSeconds":"soon"}""", "application/json", 400)]
    [InlineData("""{"gracePeriodSeconds":1.5}""", "application/json", 400)]
    [InlineData("""{"preconditions":"x"}""", "application/json", 400)]
    [InlineData("""{"preconditions":{"uid":5}}""", "application/json", 400)]
    [InlineData("""{"dryRun":"All"}""", "application/json", 400)]
    [InlineData("""{"propagationPolicy":5}""", "application/json", 400)]
    [InlineData("{}", "text/plain", 415)]
    [InlineData("{}", "application/json-patch+json", 415)]
    [InlineData("""{"propagationPolicy":"Nonsense"}""", "application/json", 422)]
    [InlineData("""{"propagationPolicy":""}""", "application/json", 422)]
    [InlineData("""{"propagationPolicy":"Orphan","orphanDependents":true}""", "application/json", 422)]
    [InlineData("""{"dryRun":["Some"]}""", "application/json", 422)]
    [InlineData("""{"dryRun":[null]}""", "application/json", 422)]
    public async Task A_deletion_with_invalid_options_removes_nothing(string options, string type, int code)
    {
        var body = await server.CreateWidgetAsync($"kept-{Guid.NewGuid():N}");
        var before = await EverythingAsync();
        var (number, status) = await server.SendAsync(HttpMethod.Delete, $"{TestServer.Widgets}/{body.Name()}", options, type);
        var (all, _) = await server.SendAsync(HttpMethod.Delete, TestServer.Widgets, options, type);
        Assert.Equal((code, code, "Status"), (number, all, status.Text("kind")));
        Assert.Equal(before, await EverythingAsync());
    }

    [Theory]
    [InlineData("propagationPolicy=Nonsense")]
    [InlineData("propagationPolicy=Orphan&orphanDependents=true")]
    [InlineData("dryRun=Some")]
    public async Task A_deletion_with_an_invalid_query_removes_nothing(string query)
    {
        var body = await server.CreateWidgetAsync($"kept-{Guid.NewGuid():N}");
        var before = await EverythingAsync();
        Assert.Equal(422, (await server.SendAsync(HttpMethod.Delete, $"{TestServer.Widgets}/{body.Name()}?{query}")).Code);
        Assert.Equal(before, await EverythingAsync());
    }

    [Theory]
    [InlineData("resourceVersion=abc", 400)]
    [InlineData("resourceVersion=-1", 400)]
    [InlineData("resourceVersion=99999999999999999999", 400)]
    [InlineData("resourceVersion=99999999", 504)]
    [InlineData("resourceVersion=99999999&resourceVersionMatch=Exact", 504)]
    [InlineData("resourceVersionMatch=Foo", 422)]
    [InlineData("resourceVersion=1&resourceVersionMatch=Foo", 422)]
    [InlineData("resourceVersionMatch=Exact", 422)]
    [InlineData("resourceVersionMatch=NotOlderThan", 422)]
    [InlineData("resourceVersion=0&resourceVersionMatch=Exact", 422)]
    [InlineData("resourceVersion=1&resourceVersionMatch=Exact&continue=a", 422)]
    [InlineData("resourceVersion=1&continue=a", 400)]
    [InlineData("sendInitialEvents=true", 422)]
    public async Task An_impossible_resource_version_neither_lists_nor_deletes_a_collection(string query, int code)
    {
        await server.CreateWidgetAsync($"kept-{Guid.NewGuid():N}");
        var before = await EverythingAsync();
        var (listed, status) = await server.GetAsync($"{TestServer.Widgets}?{query}");
        var (deleted, _) = await server.SendAsync(HttpMethod.Delete, $"{TestServer.Widgets}?{query}");
        Assert.Equal((code, code, "Status"), (listed, deleted, status.Text("kind")));
        Assert.Equal(code == 504, status["details"]?["causes"]?[0]?["reason"]?.ToString() == "ResourceVersionTooLarge");
        Assert.Equal(before, await EverythingAsync());
    }

    [Theory]
    [InlineData("resourceVersion=abc", 400)]
    [InlineData("resourceVersion=99999999", 504)]
    [InlineData("resourceVersion=0", 200)]
    [InlineData("resourceVersion=1", 200)]
    public async Task An_impossible_resource_version_shows_no_object(string query, int code)
    {
        var body = await server.CreateWidgetAsync($"shown-{Guid.NewGuid():N}");
        Assert.Equal(code, (await server.GetAsync($"{TestServer.Widgets}/{body.Name()}?{query}")).Code);
    }

    [Theory, InlineData("NotOlderThan", true), InlineData("NotOlderThan", false), InlineData("Exact", false)]
    public async Task A_collection_is_listed_at_an_earlier_resource_version(string match, bool any)
    {
        var first = await server.CreateWidgetAsync($"first-{Guid.NewGuid():N}");
        var second = await server.CreateWidgetAsync($"second-{Guid.NewGuid():N}");
        var (code, list) = await server.GetAsync(
            $"{TestServer.Widgets}?resourceVersion={(any ? "0" : first.ResourceVersion())}&resourceVersionMatch={match}");
        Assert.Equal(
            (200, match == "NotOlderThan"), (code, list["items"]!.AsArray().Any(item => item!.AsObject().Name() == second.Name())));
    }

    [Theory]
    [InlineData("resourceVersionMatch=NotOlderThan")]
    [InlineData("resourceVersion=1&resourceVersionMatch=Exact")]
    [InlineData("sendInitialEvents=true")]
    public async Task A_watch_from_an_impossible_resource_version_is_refused(string query) =>
        Assert.Equal(422, (await server.GetAsync($"{TestServer.Widgets}?watch=true&timeoutSeconds=1&{query}")).Code);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Background"}""")]
    [InlineData("""{"kind":"DeleteOptions","apiVersion":"meta.k8s.io/v1"}""")]
    [InlineData("""{"kind":"DeleteOptions","apiVersion":"example.dev/v1","gracePeriodSeconds":0,"preconditions":null}""")]
    [InlineData("""{"orphanDependents":false,"dryRun":[]}""")]
    public async Task A_deletion_with_valid_options_removes_the_object(string options)
    {
        var body = await server.CreateWidgetAsync($"gone-{Guid.NewGuid():N}");
        var path = $"{TestServer.Widgets}/{body.Name()}";
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Delete, path, options)).Code);
        Assert.Equal(404, (await server.GetAsync(path)).Code);
    }

    /// <summary>All stored objects, with the revision of the last write.</summary>
    private async Task<string> EverythingAsync()
    {
        var text = new StringBuilder();
        foreach (var path in (string[])["/api/v1/namespaces", "/apis/example.dev/v1/widgets"])
        {
            text.AppendLine((await server.GetAsync(path)).Body.ToJsonString());
        }

        return text.ToString();
    }

    private static IEnumerable<string> Verbs(JsonObject discovery, string plural) =>
        discovery["resources"]!.AsArray().Single(r => r!["name"]!.ToString() == plural)!["verbs"]!.AsArray().Select(v => v!.ToString());
}
