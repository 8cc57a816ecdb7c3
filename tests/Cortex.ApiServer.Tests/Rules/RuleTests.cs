using System.Text;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Tests.Support;

namespace Cortex.ApiServer.Tests.Rules;

/// <summary>Rules of a definition (x-kubernetes-validations), which refuse in the words of kube-apiserver.</summary>
public sealed class RuleTests(TestServer server) : IClassFixture<TestServer>, IAsyncLifetime
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private const string Gauges = "/apis/example.dev/v1/namespaces/default/gauges";
    private const string Merge = "application/merge-patch+json";

    public async ValueTask InitializeAsync()
    {
        var (code, _) = await server.PostAsync(
            Definitions,
            await File.ReadAllTextAsync(
                Path.Combine(AppContext.BaseDirectory, "Rules", "gauges.json"), TestContext.Current.CancellationToken));
        Assert.Contains(code, (int[])[201, 409]);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("{\"low\":20}", "spec", "FieldValueInvalid", "Invalid value: low 20 is above high 10")]
    [InlineData("{\"low\":-200}", "spec.low", "FieldValueForbidden", "Forbidden: too low")]
    [InlineData(
        "{\"low\":1,\"unit\":\"metres\"}",
        "spec",
        "FieldValueInvalid",
        "Invalid value: failed rule: !has(self.unit) || self.unit.size() < 5")]
    [InlineData("{\"low\":1,\"name\":\"other\"}", "<nil>", "FieldValueInvalid", "Invalid value: spec.name is the object's name")]
    [InlineData(
        "{\"low\":1,\"labels\":{\"a\":\"good\",\"b\":\"bad\"}}",
        "spec.labels[b]",
        "FieldValueInvalid",
        "Invalid value: \"bad\": no bad label")]
    [InlineData(
        "{\"low\":1,\"marks\":[{\"name\":\"a\",\"list\":[]}]}",
        "spec.marks[0]",
        "FieldValueInvalid",
        "Invalid value: \"object\": index out of bounds: 0 evaluating rule: the list begins with x")]
    public async Task A_rule_refuses_with_its_field_and_message(string spec, string field, string reason, string message)
    {
        var (code, status) = await server.PostAsync(Gauges, Gauge("refused", spec));

        Assert.Equal((422, "Invalid"), (code, status.Text("reason")));
        Assert.Equal($"Gauge.example.dev \"refused\" is invalid: {field}: {message}", status.Text("message"));
        var cause = Assert.Single(status["details"]!["causes"]!.AsArray())!.AsObject();
        Assert.Equal((field, reason, message), (cause.Text("field"), cause.Text("reason"), cause.Text("message")));
        Assert.Equal(404, (await server.GetAsync($"{Gauges}/refused")).Code);
    }

    [Fact]
    public async Task All_findings_of_the_rules_are_reported_together()
    {
        var (_, status) = await server.PostAsync(Gauges, Gauge("many", """{"low":20,"unit":"metres","labels":{"a":"bad","b":"bad"}}"""));

        Assert.Equal(
            ["spec", "spec", "spec.labels[a]", "spec.labels[b]"],
            status["details"]!["causes"]!.AsArray().Select(cause => cause!["field"]!.ToString()));
    }

    [Fact]
    public async Task Rules_are_not_checked_for_an_object_that_violates_the_schema()
    {
        var (_, status) = await server.PostAsync(Gauges, Gauge("untyped", """{"low":"20"}"""));

        Assert.Equal(
            [
                ("spec.low", "Invalid value: \"string\": spec.low in body must be of type integer: \"string\""),
                ("<nil>", "Invalid value: null: some validation rules were not checked because the object was invalid; correct the "
                    + "existing errors to complete validation"),
            ],
            status["details"]!["causes"]!.AsArray().Select(cause => (cause!["field"]!.ToString(), cause["message"]!.ToString())));
    }

    [Fact]
    public async Task A_rule_that_reads_the_old_value_applies_to_changes_only()
    {
        Assert.Equal(
            201,
            (await server.PostAsync(
                Gauges, Gauge("changes", """{"low":1,"kind":"a","marks":[{"name":"m","at":5},{"name":"n","at":1}]}"""))).Code);

        Assert.Equal(
            (422, "spec.kind: Invalid value: \"b\": kind cannot be changed"), await PatchAsync("changes", """{"spec":{"kind":"b"}}"""));
        Assert.Equal((422, "spec: Invalid value: unit stays"), await PatchAsync("changes", """{"spec":{"unit":"m"}}"""));
        // An item of a list is identified by its key, at any position.
        Assert.Equal(
            (422, "spec.marks[1]: Invalid value: a mark only rises"),
            await PatchAsync("changes", """{"spec":{"marks":[{"name":"n","at":2},{"name":"m","at":4},{"name":"o","at":-1}]}}"""));
        Assert.Equal(200, (await PatchAsync("changes", """{"spec":{"kind":null}}""")).Code);
        Assert.Equal(200, (await PatchAsync("changes", """{"spec":{"kind":"b","low":2}}""")).Code);
    }

    [Fact]
    public async Task An_object_from_before_a_rule_may_stay_and_be_deleted()
    {
        Assert.Equal(201, (await server.PostAsync(Gauges, Gauge("older", """{"low":1,"unit":"m","labels":{"a":"worse"}}"""))).Code);
        await WithRulesAsync(async () =>
        {
            Assert.Equal(422, (await server.PostAsync(Gauges, Gauge("newer", """{"low":1,"unit":"m"}"""))).Code);
            Assert.Equal(200, (await PatchAsync("older", """{"status":{"seen":1}}""", "/status")).Code);
            Assert.Equal(200, (await PatchAsync("older", """{"metadata":{"finalizers":["example.dev/a"]}}""")).Code);
            var warning = await WarningAsync("older", """{"metadata":{"finalizers":null}}""");
            Assert.Contains("spec.unit: Invalid value: \\\"m\\\": metres only", warning, StringComparison.Ordinal);
            // Other fields may change; the field itself may only be corrected.
            Assert.Equal(200, (await PatchAsync("older", """{"spec":{"high":5}}""")).Code);
            Assert.Equal((422, "spec.unit: Invalid value: \"cm\": metres only"), await PatchAsync("older", """{"spec":{"unit":"cm"}}"""));
            Assert.StartsWith(
                "[spec.labels.a: Too long: may not be more than 3 bytes, <nil>: ",
                (await PatchAsync("older", """{"spec":{"labels":{"a":"worst"}}}""")).Message,
                StringComparison.Ordinal);
            Assert.Equal(200, (await server.SendAsync(HttpMethod.Delete, $"{Gauges}/older")).Code);
        });
    }

    [Theory]
    [InlineData("[{\"rule\":\"self.low +\"}]", "compilation failed: ERROR: <input>:1:11: Syntax error")]
    [InlineData("[{\"rule\":\"quantity(self.low)\"}]", "undeclared reference to 'quantity'")]
    [InlineData("[{\"rule\":\"\"}]", "rule is not specified")]
    [InlineData("[{\"rule\":\"true\",\"messageExpression\":\"1 +\"}]", "messageExpression compilation failed")]
    [InlineData("[{\"rule\":\"true\",\"reason\":\"Because\"}]", "reason must be one of")]
    [InlineData("[{\"rule\":\"true\",\"fieldPath\":\"low\"}]", "fieldPath must be a path")]
    [InlineData("[{\"rule\":\"true\",\"optionalOldSelf\":true}]", "optionalOldSelf is not known here")]
    [InlineData("[{\"rule\":5}]", "rule must be of type string")]
    [InlineData("[5]", "must be of type object")]
    [InlineData("{}", "must be of type array")]
    public async Task A_definition_with_a_rule_that_cannot_be_evaluated_is_refused(string rules, string why)
    {
        var definition = await DefinitionAsync();
        var schema = definition["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!;
        schema["properties"]!["spec"]!["x-kubernetes-validations"] = JsonNode.Parse(rules);
        var (code, status) = await server.SendAsync(HttpMethod.Put, $"{Definitions}/gauges.example.dev", definition.ToJsonString());

        Assert.Equal(422, code);
        Assert.Contains(
            "spec.versions[0].schema.openAPIV3Schema.properties[spec].x-kubernetes-validations",
            status.Text("message"),
            StringComparison.Ordinal);
        Assert.Contains(why, status.Text("message"), StringComparison.Ordinal);
    }

    private static string Gauge(string name, string spec) =>
        $$"""{"apiVersion":"example.dev/v1","kind":"Gauge","metadata":{"name":"{{name}}"},"spec":{{spec}}}""";

    private async Task<JsonObject> DefinitionAsync() => (await server.GetAsync($"{Definitions}/gauges.example.dev")).Body;

    /// <summary>Runs an action while the definition has stricter rules for units and labels.</summary>
    private async Task WithRulesAsync(Func<Task> act)
    {
        var (before, after) = (await DefinitionAsync(), await DefinitionAsync());
        var properties = after["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["properties"]!;
        properties["unit"]!["x-kubernetes-validations"] = JsonNode.Parse("""[{"rule":"self == 'mm'","message":"metres only"}]""");
        properties["labels"]!["additionalProperties"]!["maxLength"] = 3;
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Put, $"{Definitions}/gauges.example.dev", after.ToJsonString())).Code);
        await act();
        before.Metadata().Remove("resourceVersion");
        Assert.Equal(
            200,
            (await server.SendAsync(
                HttpMethod.Patch,
                $"{Definitions}/gauges.example.dev",
                $$"""{"spec":{"versions":{{before["spec"]!["versions"]!.ToJsonString()}} } }""",
                Merge)).Code);
    }

    /// <summary>The message without the name of the object at its start.</summary>
    private async Task<(int Code, string Message)> PatchAsync(string name, string patch, string subresource = "")
    {
        var (code, body) = await server.SendAsync(HttpMethod.Patch, $"{Gauges}/{name}{subresource}", patch, Merge);
        return (code, body.Text("message")?.Split(" is invalid: ")[^1] ?? "");
    }

    private async Task<string> WarningAsync(string name, string patch)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"{Gauges}/{name}")
        {
            Content = new StringContent(patch, Encoding.UTF8, Merge),
        };
        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)response.StatusCode);
        return string.Join('\n', response.Headers.GetValues("Warning"));
    }
}
