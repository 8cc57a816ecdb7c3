using System.Text.Json.Nodes;
using Cortex.ApiServer.Tests.Support;

namespace Cortex.ApiServer.Tests;

public sealed class ObjectTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task Exactly_one_of_several_concurrent_updates_of_one_revision_succeeds()
    {
        var body = await server.CreateWidgetAsync("race");
        var outcomes = await Task.WhenAll(Enumerable.Range(1, 9).Select(size =>
        {
            var mine = body.Copy();
            mine["spec"]!["size"] = size == 3 ? 2 : size;
            return server.SendAsync(HttpMethod.Put, $"{TestServer.Widgets}/race", mine.ToJsonString());
        }));
        Assert.Single(outcomes, o => o.Code == 200);
        Assert.Equal(8, outcomes.Count(o => o.Code == 409 && o.Body.Text("reason") == "Conflict"));
    }

    [Fact]
    public async Task All_concurrent_patches_without_a_revision_are_applied()
    {
        await server.CreateWidgetAsync("crowd", more: ", \"free\": {}");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            server.SendAsync(
                HttpMethod.Patch,
                $"{TestServer.Widgets}/crowd",
                $$$$"""{"spec":{"free":{"k{{{{i}}}}":{{{{i}}}}}}}""",
                "application/merge-patch+json")));
        Assert.All(outcomes, o => Assert.Equal(200, o.Code));
        var (_, body) = await server.GetAsync($"{TestServer.Widgets}/crowd");
        Assert.Equal(8, body["spec"]!["free"]!.AsObject().Count);
    }

    [Fact]
    public async Task The_status_is_written_only_by_its_subresource_and_the_spec_only_by_the_object()
    {
        var body = await server.CreateWidgetAsync("status", more: " }, \"status\": {\"phase\": \"Early\"");
        Assert.False(body.ContainsKey("status"));
        body["status"] = new JsonObject { ["phase"] = "Ready" };
        body["spec"]!["size"] = 9;
        var (_, written) = await server.SendAsync(HttpMethod.Put, $"{TestServer.Widgets}/status/status", body.ToJsonString());
        Assert.Equal("Ready", written["status"]!["phase"]!.ToString());
        Assert.Equal(3, written["spec"]!["size"]!.GetValue<int>());
        Assert.Equal(1, written["metadata"]!["generation"]!.GetValue<int>());
        written["status"]!["phase"] = "Ignored";
        written["spec"]!["size"] = 5;
        var (_, main) = await server.SendAsync(HttpMethod.Put, $"{TestServer.Widgets}/status", written.ToJsonString());
        Assert.Equal("Ready", main["status"]!["phase"]!.ToString());
        Assert.Equal(2, main["metadata"]!["generation"]!.GetValue<int>());
    }

    [Fact]
    public async Task An_update_that_changes_nothing_keeps_the_revision()
    {
        var body = await server.CreateWidgetAsync("same");
        var (code, again) = await server.SendAsync(HttpMethod.Put, $"{TestServer.Widgets}/same", body.ToJsonString());
        Assert.Equal(200, code);
        Assert.Equal(body.ResourceVersion(), again.ResourceVersion());
    }

    [Fact]
    public async Task A_dry_run_answers_but_stores_nothing()
    {
        var (code, _) = await server.PostAsync($"{TestServer.Widgets}?dryRun=All", Widgets.Yaml("dry"));
        Assert.Equal(201, code);
        Assert.Equal(404, (await server.GetAsync($"{TestServer.Widgets}/dry")).Code);
    }

    [Fact]
    public async Task All_findings_are_reported_together_with_their_fields()
    {
        var (code, status) = await server.PostAsync(TestServer.Widgets, Widgets.Yaml("Bad_Name", size: 50,
            """, "color": "blue", "label": 5, "since": "yesterday", "settings": {"a": 1}, "tags": ["x", "x"], "parts": [{}]"""));
        Assert.Equal((422, "Invalid"), (code, status.Text("reason")));
        var causes = status["details"]!["causes"]!.AsArray().ToDictionary(c => c!["field"]!.ToString(), c => c!["message"]!.ToString());
        Assert.Equal("Invalid value: 50: spec.size in body should be less than or equal to 9", causes["spec.size"]);
        Assert.Equal("Unsupported value: \"blue\": supported values: \"red\", \"green\"", causes["spec.color"]);
        Assert.Equal("Invalid value: \"integer\": spec.label in body must be of type string: \"integer\"", causes["spec.label"]);
        Assert.Equal("Invalid value: \"yesterday\": spec.since in body must be of type date-time: \"yesterday\"", causes["spec.since"]);
        Assert.Equal("Invalid value: \"integer\": spec.settings.a in body must be of type string: \"integer\"", causes["spec.settings.a"]);
        Assert.Equal("Duplicate value: \"x\"", causes["spec.tags[1]"]);
        Assert.Equal("Required value", causes["spec.parts[0].name"]);
        Assert.StartsWith(
            "Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist of",
            causes["metadata.name"],
            StringComparison.Ordinal);
    }

    [Theory, InlineData("Strict", 400), InlineData("Warn", 201), InlineData("Ignore", 201)]
    public async Task Unknown_fields_are_pruned_warned_of_or_refused(string mode, int expected)
    {
        using var content = new StringContent(
            Widgets.Yaml($"prune-{(int)mode[0]}", more: ", \"foo\": 1, \"free\": {\"bar\": 2}"),
            new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        using var response = await server.Http.PostAsync(
            new Uri($"{TestServer.Widgets}?fieldValidation={mode}", UriKind.Relative), content, TestContext.Current.CancellationToken);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject();
        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal(mode == "Warn", response.Headers.Contains("Warning"));
        if (expected == 400)
        {
            Assert.EndsWith("strict decoding error: unknown field \"spec.foo\"", body.Text("message"), StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal("""{"size":3,"free":{"bar":2},"color":"red"}""", body["spec"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task All_pages_of_a_large_list_show_the_same_revision()
    {
        await server.PostAsync("/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"many"}}""");
        const string Path = "/apis/example.dev/v1/namespaces/many/widgets";
        for (var i = 0; i < 60; i++)
        {
            await server.PostAsync(Path, Widgets.Yaml($"w{i:00}"));
        }

        var names = new List<string>();
        var next = "";
        do
        {
            var (_, page) = await server.GetAsync($"{Path}?limit=25{next}");
            names.AddRange(page["items"]!.AsArray().Select(w => w!.AsObject().Name()));
            next = page.Metadata().Text("continue") is { } token ? $"&continue={token}" : "";
            // Changes between the pages have a later revision.
            await server.SendAsync(HttpMethod.Delete, $"{Path}/w{59 - (names.Count / 25):00}");
            await server.PostAsync(Path, Widgets.Yaml($"x{names.Count}"));
        }
        while (next.Length > 0);
        Assert.Equal(Enumerable.Range(0, 60).Select(i => $"w{i:00}"), names);
    }

    [Fact]
    public async Task Deleting_a_collection_removes_only_the_selected_objects()
    {
        await server.CreateWidgetAsync("green-one", more: ", \"color\": \"green\"");
        await server.CreateWidgetAsync("red-one");
        await server.SendAsync(HttpMethod.Delete, $"{TestServer.Widgets}?fieldSelector=spec.color=green");
        Assert.Equal(404, (await server.GetAsync($"{TestServer.Widgets}/green-one")).Code);
        Assert.Equal(200, (await server.GetAsync($"{TestServer.Widgets}/red-one")).Code);
    }

    [Fact]
    public async Task Preconditions_guard_deletion()
    {
        await server.CreateWidgetAsync("guarded");
        var (code, status) = await server.SendAsync(
            HttpMethod.Delete, $"{TestServer.Widgets}/guarded", """{"preconditions":{"uid":"other"}}""");
        Assert.Equal(409, code);
        Assert.Contains(
            "the UID in the precondition (other) does not match the UID in record (", status.Text("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", 400, "BadRequest")]
    [InlineData("""{"apiVersion":"example.dev/v1","kind":"Widget","kind":"Widget"}""", 400, "BadRequest")]
    [InlineData("""{"apiVersion":"example.dev/v2","kind":"Widget","metadata":{"name":"x"}}""", 400, "BadRequest")]
    [InlineData("""{"apiVersion":"example.dev/v1","kind":"Widget","metadata":{}, "spec":{"size":1}}""", 422, "Invalid")]
    [InlineData("""{"apiVersion":"example.dev/v1","kind":"Widget","metadata":{"name":"x","namespace":"other"}}""", 400, "BadRequest")]
    public async Task Bad_bodies_are_refused_with_a_status(string body, int code, string reason)
    {
        var (actual, status) = await server.PostAsync(TestServer.Widgets, body);
        Assert.Equal((code, reason, "Status"), (actual, status.Text("reason"), status.Text("kind")));
    }

    [Fact]
    public async Task A_body_over_3_MiB_is_too_large()
    {
        var (code, status) = await server.PostAsync(
            TestServer.Widgets, Widgets.Yaml("big", more: $", \"label\": \"{new string('a', 3 * 1024 * 1024)}\""));
        Assert.Equal((413, "RequestEntityTooLarge"), (code, status.Text("reason")));
    }

    [Fact]
    public async Task Deleting_a_definition_deletes_its_objects()
    {
        const string Gadgets = "/apis/example.dev/v1/gadgets";
        const string Definition = """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"gadgets.example.dev"},
            "spec":{"group":"example.dev","scope":"Cluster",
             "names":{"plural":"gadgets","kind":"Gadget"},"versions":[{"name":"v1","served":true,"storage":true,
             "schema":{"openAPIV3Schema":{"type":"object"}}}]}}
            """;
        var definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        Assert.Equal(404, (await server.GetAsync(Gadgets)).Code);
        Assert.Equal(201, (await server.PostAsync(definitions, Definition)).Code);
        Assert.Equal(
            201, (await server.PostAsync(Gadgets, """{"apiVersion":"example.dev/v1","kind":"Gadget","metadata":{"name":"g"}}""")).Code);
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Delete, $"{definitions}/gadgets.example.dev")).Code);
        Assert.Equal(404, (await server.GetAsync(Gadgets)).Code);
        await server.PostAsync(definitions, Definition);
        Assert.Empty((await server.GetAsync(Gadgets)).Body["items"]!.AsArray());
    }

    /// <summary>
    /// A rule for the whole object would report no field. The name is the only part of metadata that a schema may restrict.
    /// </summary>
    [Fact]
    public async Task A_definition_may_restrict_the_names_of_its_objects()
    {
        await server.PostAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"shorts.example.dev"},
            "spec":{"group":"example.dev","scope":"Namespaced",
             "names":{"plural":"shorts","kind":"Short"},"versions":[{"name":"v1","served":true,"storage":true,
             "schema":{"openAPIV3Schema":{"type":"object",
             "properties":{"metadata":{"type":"object","properties":{"name":{"type":"string","maxLength":5} } } } } } }]}}
            """);
        const string Shorts = "/apis/example.dev/v1/namespaces/default/shorts";
        var (code, body) = await server.PostAsync(
            Shorts, """{"apiVersion":"example.dev/v1","kind":"Short","metadata":{"name":"longer"}}""");

        Assert.Equal(422, code);
        Assert.Contains("metadata.name", body.Text("message"), StringComparison.Ordinal);
        Assert.Equal(
            201,
            (await server.PostAsync(
                Shorts, """{"apiVersion":"example.dev/v1","kind":"Short","metadata":{"name":"short","labels":{"a":"b"} } }""")).Code);
    }
}
