using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Resources;
using Cortex.ApiServer.Tests.Support;

namespace Cortex.ApiServer.Tests;

public sealed class DescriptionTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task OpenApi_2_is_served_as_json_and_as_protobuf()
    {
        var (_, json) = await server.GetAsync("/openapi/v2");
        Assert.Equal(
            "integer", json["definitions"]!["dev.example.v1.Widget"]!["properties"]!["spec"]!["properties"]!["size"]!["type"]!.ToString());
        using var request = new HttpRequestMessage(HttpMethod.Get, "/openapi/v2");
        request.Headers.TryAddWithoutValidation("Accept", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf");
        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var bytes = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        // Field 1, "swagger", with the text 2.0.
        Assert.Equal([0x0A, 3, (byte)'2', (byte)'.', (byte)'0'], bytes[..5]);
        Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes("How large the widget is.")) > 0);
    }

    [Fact]
    public async Task OpenApi_3_declares_the_field_validation_of_the_server()
    {
        var (_, index) = await server.GetAsync("/openapi/v3");
        var (_, document) = await server.GetAsync(index["paths"]!["apis/example.dev/v1"]!["serverRelativeURL"]!.ToString());
        var patch = document["paths"]!["/apis/example.dev/v1/namespaces/{namespace}/widgets/{name}"]!["patch"]!;
        Assert.Equal("Widget", patch["x-kubernetes-group-version-kind"]!["kind"]!.ToString());
        Assert.Contains(patch["parameters"]!.AsArray(), p => p!["name"]!.ToString() == "fieldValidation");
        Assert.NotNull(document["components"]!["schemas"]!["dev.example.v1.Widget"]);
    }

    [Fact]
    public async Task Discovery_answers_in_the_requested_form()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/apis");
        request.Headers.Accept.Add(
            MediaTypeWithQualityHeaderValue.Parse("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"));
        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal("APIGroupDiscoveryList", body["kind"]!.ToString());
        Assert.Equal("APIGroupList", (await server.GetAsync("/apis")).Body.Text("kind"));
        Assert.Equal("APIResourceList", (await server.GetAsync("/apis/example.dev/v1")).Body.Text("kind"));
        Assert.Equal(404, (await server.GetAsync("/apis/apps/v1")).Code);
    }

    [Theory]
    [InlineData(".a.b", "1")]
    [InlineData(".c[?(@.type==\"Ready\")].status", "True")]
    [InlineData(".c[?(@.type!='Ready')].status", "False")]
    [InlineData(".c[-1].type", "Other")]
    [InlineData(".c[*].type", "Ready")]
    [InlineData(".d['x.y/z']", "2")]
    [InlineData(".d.x\\.y/z", "2")]
    [InlineData(".missing.b", null)]
    [InlineData("]nonsense", null)]
    public void Columns_select_their_value(string path, string? expected)
    {
        var body = JsonNode.Parse(
            """{"a":{"b":1},"c":[{"type":"Ready","status":"True"},{"type":"Other","status":"False"}],"d":{"x.y/z":2}}""")!;
        Assert.Equal(expected, JsonPath.Compile(path).First(body)?.ToString());
    }

    [Theory]
    [InlineData(5, "5s"), InlineData(119, "119s"), InlineData(125, "2m5s"), InlineData(3600, "60m"), InlineData(3 * 3600 + 60, "3h1m")]
    [InlineData(9 * 3600, "9h"), InlineData(50 * 3600, "2d2h"), InlineData(30 * 86400, "30d"), InlineData(800 * 86400, "2y70d")]
    public void Ages_read_as_in_kubectl(int seconds, string expected) =>
        Assert.Equal(expected, HumanDuration.Of(TimeSpan.FromSeconds(seconds)));
}
