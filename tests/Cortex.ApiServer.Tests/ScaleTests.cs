using System.Text.Json.Nodes;
using Cortex.ApiServer.Tests.Support;

namespace Cortex.ApiServer.Tests;

/// <summary>The scale subresource, with kubectl and without it.</summary>
public sealed class ScaleTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Merge = "application/merge-patch+json";

    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Kubectl_scales_within_the_limits_of_the_schema(string program)
    {
        var kubectl = server.Kubectl(program);
        var name = $"scaled-{Guid.NewGuid().ToString("N")[..8]}";
        await kubectl.OkAsync("apply -f -", Widgets.Yaml(name));

        Assert.Contains("scaled", await kubectl.OkAsync($"scale wd {name} --replicas=5"), StringComparison.Ordinal);
        Assert.Contains("scaled", await kubectl.OkAsync($"scale wd {name} --current-replicas=5 --replicas=6"), StringComparison.Ordinal);
        Assert.Equal("6", await kubectl.OkAsync($"get wd {name} -o jsonpath={{.spec.size}}"));
        Assert.Contains(
            "Expected replicas to be 2",
            await kubectl.FailAsync($"scale wd {name} --current-replicas=2 --replicas=3"),
            StringComparison.OrdinalIgnoreCase);
        Assert.Contains(
            "spec.size in body should be less than or equal to 9",
            await kubectl.FailAsync($"scale wd {name} --replicas=10"),
            StringComparison.Ordinal);
        Assert.NotEmpty(await kubectl.FailAsync("scale wd absent --replicas=3"));
        Assert.Equal("6", await kubectl.OkAsync($"get wd {name} -o jsonpath={{.spec.size}}"));
    }

    [Fact]
    public async Task The_scale_shows_both_numbers_and_the_selector()
    {
        var widget = await server.CreateWidgetAsync("shown");
        await server.SendAsync(HttpMethod.Patch, $"{TestServer.Widgets}/shown/status", """{"status":{"made":2,"selector":"a=b"}}""", Merge);

        var (code, scale) = await server.GetAsync(Path("shown"));

        Assert.Equal(200, code);
        Assert.Equal(("autoscaling/v1", "Scale"), (scale.Text("apiVersion"), scale.Text("kind")));
        Assert.Equal(
            """{"replicas":3} {"replicas":2,"selector":"a=b"}""", $"{scale["spec"]!.ToJsonString()} {scale["status"]!.ToJsonString()}");
        Assert.Equal(widget.Metadata().Text("uid"), scale.Metadata().Text("uid"));
    }

    [Fact]
    public async Task A_written_scale_changes_the_number_and_nothing_else()
    {
        var before = await server.CreateWidgetAsync("kept", more: ", \"color\": \"green\"");
        var (_, scale) = await server.GetAsync(Path("kept"));
        scale["spec"]!["replicas"] = 7;
        scale["status"]!["replicas"] = 9;
        scale.Metadata()["labels"] = new JsonObject { ["a"] = "b" };

        var (code, written) = await server.SendAsync(HttpMethod.Put, Path("kept"), scale.ToJsonString());

        Assert.Equal((200, 7), (code, written["spec"]!["replicas"]!.GetValue<int>()));
        var (_, after) = await server.GetAsync($"{TestServer.Widgets}/kept");
        Assert.Equal("2", after.Metadata()["generation"]!.ToString());
        before["spec"]!["size"] = 7;
        Assert.True(JsonNode.DeepEquals(before["spec"], after["spec"]));
        Assert.False(after.Metadata().ContainsKey("labels"));
        Assert.False(after.ContainsKey("status"));
    }

    [Fact]
    public async Task A_stale_scale_is_refused_and_one_without_a_version_is_not()
    {
        await server.CreateWidgetAsync("stale");
        var (_, scale) = await server.GetAsync(Path("stale"));
        await server.SendAsync(
            HttpMethod.Patch, Path("stale"), """[{"op":"replace","path":"/spec/replicas","value":4}]""", "application/json-patch+json");

        scale["spec"]!["replicas"] = 5;
        Assert.Equal(409, (await server.SendAsync(HttpMethod.Put, Path("stale"), scale.ToJsonString())).Code);
        scale.Metadata().Remove("resourceVersion");
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Put, Path("stale"), scale.ToJsonString())).Code);
    }

    [Theory]
    [InlineData("""{"spec":{"replicas":0}}""", 422, "Widget.example.dev \\\"bad\\\" is invalid: spec.size")]
    [InlineData("""{"spec":{"replicas":-1}}""", 422, ".spec.size: Invalid value: -1: should be a non-negative integer")]
    [InlineData("""{"spec":null}""", 422, "spec.size")]
    [InlineData("""{"spec":{"replicas":"4"}}""", 400, "spec.replicas")]
    [InlineData("""{"spec":{"replicas":9999999999}}""", 400, "spec.replicas")]
    [InlineData("""{"spec":[]}""", 400, "spec must be an object")]
    [InlineData("""{"metadata":[]}""", 400, "metadata must be an object")]
    [InlineData("""{"metadata":{"name":"other"}}""", 400, "does not match the name on the URL")]
    [InlineData("""{"metadata":{"uid":"other"}}""", 409, "UID")]
    [InlineData("""{"kind":"Widget"}""", 400, "Scale")]
    public async Task An_invalid_scale_is_refused_with_its_field(string patch, int code, string error)
    {
        if ((await server.GetAsync($"{TestServer.Widgets}/bad")).Code == 404)
        {
            await server.CreateWidgetAsync("bad");
        }

        var (answered, body) = await server.SendAsync(HttpMethod.Patch, Path("bad"), patch, Merge);

        Assert.Equal(code, answered);
        Assert.Contains(error, body.ToJsonString(Json.Compact), StringComparison.Ordinal);
        Assert.Equal(3, (await server.GetAsync($"{TestServer.Widgets}/bad")).Body["spec"]!["size"]!.GetValue<int>());
    }

    [Fact]
    public async Task Other_verbs_and_kinds_without_a_scale_subresource_are_refused()
    {
        await server.CreateWidgetAsync("verbs");
        Assert.Equal(405, (await server.SendAsync(HttpMethod.Delete, Path("verbs"))).Code);
        Assert.Equal(405, (await server.SendAsync(HttpMethod.Post, Path("verbs"), "{}")).Code);
        Assert.Equal(404, (await server.GetAsync("/api/v1/namespaces/default/events/none/scale")).Code);
        Assert.Equal(200, (await server.GetAsync($"{TestServer.Widgets}/verbs")).Code);
    }

    [Fact]
    public async Task A_dry_run_of_a_scale_answers_and_stores_nothing()
    {
        await server.CreateWidgetAsync("dry");
        var (_, scale) = await server.SendAsync(HttpMethod.Patch, $"{Path("dry")}?dryRun=All", """{"spec":{"replicas":8}}""", Merge);
        Assert.Equal(8, scale["spec"]!["replicas"]!.GetValue<int>());
        Assert.Equal(3, (await server.GetAsync($"{TestServer.Widgets}/dry")).Body["spec"]!["size"]!.GetValue<int>());
    }

    [Fact]
    public async Task Discovery_names_the_scale_with_its_own_group()
    {
        var (_, resources) = await server.GetAsync("/apis/example.dev/v1");
        var scale = resources["resources"]!.AsArray().Single(node => node!["name"]!.ToString() == "widgets/scale")!;
        Assert.Equal(("autoscaling", "v1", "Scale"), (scale["group"]!.ToString(), scale["version"]!.ToString(), scale["kind"]!.ToString()));
    }

    [Theory]
    [InlineData("""{"specReplicasPath":".status.size","statusReplicasPath":".status.made"}""", "specReplicasPath")]
    [InlineData("""{"specReplicasPath":".spec.size","statusReplicasPath":".spec.made"}""", "statusReplicasPath")]
    [InlineData(
        """{"specReplicasPath":".spec.size","statusReplicasPath":".status.made","labelSelectorPath":"selector"}""", "labelSelectorPath")]
    public async Task A_definition_with_a_scale_path_outside_the_object_is_refused(string scale, string field)
    {
        var (code, body) = await server.PostAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", $$$"""
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"scaleds.example.dev"},
            "spec":{"group":"example.dev","scope":"Namespaced",
             "names":{"plural":"scaleds","kind":"Scaled"},"versions":[{"name":"v1","served":true,"storage":true,
             "schema":{"openAPIV3Schema":{"type":"object"}},"subresources":{"scale":{{{scale}}}}}]}}
            """);
        Assert.Equal(422, code);
        Assert.Contains($"spec.versions[0].subresources.scale.{field}", body.Text("message"), StringComparison.Ordinal);
    }

    private static string Path(string name) => $"{TestServer.Widgets}/{name}/scale";
}
