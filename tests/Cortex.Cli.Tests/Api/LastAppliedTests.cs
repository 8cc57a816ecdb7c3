using System.Text.Json.Nodes;
using Cortex.Cli.Api;
using Cortex.Runtime;

namespace Cortex.Cli.Tests.Api;

public sealed class LastAppliedTests
{
    private static readonly ObjectKey Key = new("default", "cortex");

    [Fact]
    public void A_field_that_was_applied_before_and_is_absent_now_is_removed()
    {
        var patch = LastApplied.Patch(Applied("""{"instances":3,"promote":"cortex-s1"}"""), Annotated("""{"instances":3}"""));

        Assert.Equal("""{"promote":null}""", patch!["spec"]!.ToJsonString());
    }

    [Fact]
    public void Fields_that_other_clients_set_are_not_changed()
    {
        var live = Applied("""{"instances":2}""");
        live["spec"]!["promote"] = "cortex-s1";

        Assert.Null(LastApplied.Patch(live, Annotated("""{"instances":2}""")));
    }

    [Fact]
    public void A_changed_value_is_the_patch()
    {
        var patch = LastApplied.Patch(
            Applied("""{"instances":2,"podman":{"basePort":5432}}"""), Annotated("""{"instances":3,"podman":{"basePort":5432}}"""));

        Assert.Equal("""{"instances":3}""", patch!["spec"]!.ToJsonString());
    }

    [Fact]
    public void A_resource_that_was_never_applied_loses_nothing()
    {
        var live = JsonNode.Parse(
            """{"metadata":{"name":"cortex","namespace":"default","labels":{"a":"b"}},"spec":{"promote":"cortex-s1"}}""")!.AsObject();

        var patch = LastApplied.Patch(live, Annotated("""{"instances":2}"""));

        Assert.Equal("""{"instances":2}""", patch!["spec"]!.ToJsonString());
        Assert.False(patch["metadata"]!.AsObject().ContainsKey("labels"));
    }

    private static JsonObject Annotated(string spec) =>
        LastApplied.Annotate(
            new JsonObject { ["metadata"] = new JsonObject { ["name"] = "cortex" }, ["spec"] = JsonNode.Parse(spec) }, Key);

    /// <summary>As the API returns it, with additional fields.</summary>
    private static JsonObject Applied(string spec)
    {
        var live = Annotated(spec);
        live["metadata"]!["uid"] = "1";
        live["status"] = new JsonObject { ["phase"] = "Ready" };
        return live;
    }
}
