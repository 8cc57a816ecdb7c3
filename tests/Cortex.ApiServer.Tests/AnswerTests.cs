using System.Text.Json.Nodes;
using Cortex.ApiServer.Tests.Support;

namespace Cortex.ApiServer.Tests;

/// <summary>The form of an answer, and the selection by a query.</summary>
public sealed class AnswerTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Table = "application/json;as=Table;g=meta.k8s.io;v=v1";

    [Theory]
    [InlineData("", "PartialObjectMetadata")]
    [InlineData("?includeObject=Metadata", "PartialObjectMetadata")]
    [InlineData("?includeObject=Object", "Widget")]
    [InlineData("?includeObject=None", null)]
    public async Task A_row_contains_as_much_of_its_object_as_the_query_asks_for(string query, string? kind)
    {
        await server.CreateWidgetAsync($"row-{kind}-{query.Length}".ToLowerInvariant());
        var (code, table) = await AcceptAsync($"{TestServer.Widgets}{query}", Table);
        Assert.Equal((200, "Table"), (code, table.Text("kind")));
        var item = table["rows"]![0]!["object"] as JsonObject;
        Assert.Equal(kind, item?.Text("kind"));
        Assert.Equal(kind == "Widget", item?["spec"]?["size"] is not null);
    }

    [Fact]
    public async Task An_unknown_form_of_a_row_is_refused()
    {
        var (code, status) = await AcceptAsync($"{TestServer.Widgets}?includeObject=Some", Table);
        Assert.Equal(
            (400, "Unable to convert to Table as requested: includeObject: Invalid value: \"Some\": must be 'Metadata', 'Object', 'None', "
                + "or empty"),
            (code, status.Text("message")));
    }

    [Theory, InlineData("v1"), InlineData("v1beta1")]
    public async Task Metadata_can_be_requested_alone(string version)
    {
        var name = $"partial-{version}";
        await server.CreateWidgetAsync(name);
        var (_, jsonObject) = await AcceptAsync(
            $"{TestServer.Widgets}/{name}", $"application/json;as=PartialObjectMetadata;g=meta.k8s.io;v={version}");
        Assert.Equal(
            ("PartialObjectMetadata", $"meta.k8s.io/{version}", name, false),
            (jsonObject.Text("kind"), jsonObject.Text("apiVersion"), jsonObject.Name(), jsonObject.ContainsKey("spec")));
        var (_, list) = await AcceptAsync(TestServer.Widgets, $"application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v={version}");
        Assert.Equal(("PartialObjectMetadataList", $"meta.k8s.io/{version}"), (list.Text("kind"), list.Text("apiVersion")));
        Assert.NotEmpty(list.ResourceVersion());
        Assert.All(
            list["items"]!.AsArray(),
            i => Assert.Equal(("PartialObjectMetadata", false), (i!.AsObject().Text("kind"), i.AsObject().ContainsKey("spec"))));
        Assert.Equal(
            406, (await AcceptAsync(TestServer.Widgets, $"application/json;as=PartialObjectMetadata;g=meta.k8s.io;v={version}")).Code);
        Assert.Equal(
            "WidgetList",
            (await AcceptAsync(
                TestServer.Widgets,
                $"application/json;as=PartialObjectMetadata;g=meta.k8s.io;v={version},application/json")).Body.Text("kind"));
    }

    [Fact]
    public async Task A_watch_of_metadata_sends_metadata_alone()
    {
        using var watch = await RawWatch.StartAsync(server, "?watch=1", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
        await server.CreateWidgetAsync("watched-partially");
        var item = (await watch.NextAsync())["object"]!.AsObject();
        Assert.Equal(("PartialObjectMetadata", "watched-partially", false), (item.Text("kind"), item.Name(), item.ContainsKey("spec")));
    }

    [Theory]
    [InlineData("?watch=True")]
    [InlineData("?watch=TRUE")]
    [InlineData("?watch=yes")]
    [InlineData("?watch=")]
    [InlineData("?watch")]
    [InlineData("?watch=1")]
    public async Task A_parameter_that_is_not_false_is_true(string query)
    {
        using var watch = await RawWatch.StartAsync(server, query);
        var name = $"seen-{Guid.NewGuid():N}";
        await server.CreateWidgetAsync(name);
        var change = await watch.NextAsync();
        Assert.Equal(("ADDED", name), (change.Text("type"), change["object"]!.AsObject().Name()));
    }

    [Theory, InlineData("?watch=false"), InlineData("?watch=False"), InlineData("?watch=0"), InlineData("")]
    public async Task A_false_watch_parameter_gives_a_list(string query) =>
        Assert.Equal("WidgetList", (await server.GetAsync($"{TestServer.Widgets}{query}")).Body.Text("kind"));

    [Theory, InlineData("Application/JSON"), InlineData("application/Json; charset=UTF-8"), InlineData("APPLICATION/JSON")]
    public async Task Media_types_are_read_in_any_case(string type)
    {
        var name = $"case-{Guid.NewGuid():N}";
        Assert.Equal(201, (await server.SendAsync(HttpMethod.Post, TestServer.Widgets, Widgets.Yaml(name), type)).Code);
        Assert.Equal(200, (await AcceptAsync($"{TestServer.Widgets}/{name}", type)).Code);
        Assert.Equal(
            200,
            (await server.SendAsync(
                HttpMethod.Patch, $"{TestServer.Widgets}/{name}", """{"spec":{"size":4}}""", "Application/Merge-Patch+JSON")).Code);
    }

    [Theory]
    [InlineData("/api/v1/namespaces/default/events?fieldSelector=source=painter", 1)]
    [InlineData("/api/v1/namespaces/default/events?fieldSelector=source=brush", 1)]
    [InlineData("/api/v1/namespaces/default/events?fieldSelector=source!=painter", 1)]
    [InlineData("/api/v1/namespaces/default/events?fieldSelector=reportingComponent=brush", 1)]
    [InlineData("/apis/events.k8s.io/v1/namespaces/default/events?fieldSelector=reportingController=brush", 1)]
    public async Task Events_are_selected_by_their_source(string path, int count)
    {
        (string Name, string Reporter)[] events =
        [
            ("old", "\"source\": {\"component\": \"painter\"}"),
            ("new", "\"reportingComponent\": \"brush\""),
        ];
        foreach (var (name, reporter) in events)
        {
            await server.PostAsync(
                "/api/v1/namespaces/default/events",
                $$"""
                {
                    "apiVersion": "v1", "kind": "Event", "metadata": {"name": "{{name}}", "namespace": "default"},
                    "involvedObject": {}, {{reporter}}
                }
                """);
        }

        Assert.Equal(count, (await server.GetAsync(path)).Body["items"]!.AsArray().Count);
    }

    private async Task<(int Code, JsonObject Body)> AcceptAsync(string path, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (
            (int)response.StatusCode,
            JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject());
    }
}
