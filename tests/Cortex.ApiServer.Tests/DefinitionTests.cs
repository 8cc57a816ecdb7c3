using System.Text.Json.Nodes;
using Cortex.ApiServer.Tests.Support;

namespace Cortex.ApiServer.Tests;

/// <summary>A definition that cannot be served is refused, because the server reads every stored definition at its start.</summary>
public sealed class DefinitionTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    [Theory]
    [InlineData("names", "shortNames", "[null]")]
    [InlineData("names", "shortNames", "5")]
    [InlineData("names", "categories", "[{}]")]
    [InlineData("names", "singular", "5")]
    [InlineData("names", "listKind", "[]")]
    [InlineData("version", "additionalPrinterColumns", "{}")]
    [InlineData("version", "additionalPrinterColumns", "[{\"name\":\"A\"}]")]
    [InlineData("version", "additionalPrinterColumns", "[5]")]
    [InlineData("version", "selectableFields", "[{}]")]
    [InlineData("version", "selectableFields", "[{\"jsonPath\":5}]")]
    [InlineData("version", "subresources", "[]")]
    [InlineData("version", "schema", "[]")]
    [InlineData("version", "name", "5")]
    [InlineData("schema", "type", "5")]
    [InlineData("schema", "type", "\"text\"")]
    [InlineData("schema", "properties", "[]")]
    [InlineData("schema", "properties", "{\"a\":5}")]
    [InlineData("schema", "properties", "{\"a\":{\"pattern\":\"(\"}}")]
    [InlineData("schema", "properties", "{\"a\":{\"pattern\":\"(?=x)\"}}")]
    [InlineData("schema", "properties", "{\"a\":{\"items\":{\"maximum\":\"9\"}}}")]
    [InlineData("schema", "properties", "{\"a\":{\"maxLength\":1.5}}")]
    [InlineData("schema", "additionalProperties", "5")]
    [InlineData("schema", "required", "[null]")]
    [InlineData("schema", "required", "\"a\"")]
    [InlineData("schema", "enum", "{}")]
    [InlineData("schema", "x-kubernetes-list-map-keys", "[[]]")]
    [InlineData("schema", "allOf", "[5]")]
    [InlineData("schema", "not", "true")]
    [InlineData("schema", "nullable", "\"yes\"")]
    public async Task An_unreadable_definition_is_refused_and_not_stored(string place, string member, string value)
    {
        var (code, status) = await server.PostAsync(Definitions, Definition(place, member, value).ToJsonString());
        Assert.Equal((422, "Invalid"), (code, status.Text("reason")));
        Assert.Equal(404, (await server.GetAsync($"{Definitions}/gadgets.example.dev")).Code);
    }

    /// <summary>kube-apiserver refuses these defaults, so a definition with them could not be shipped.</summary>
    [Theory]
    [InlineData("{\"a\":{\"type\":\"integer\",\"default\":\"x\"}}", "properties[a].default", "Invalid value: \"string\": ")]
    [InlineData(
        "{\"a\":{\"type\":\"object\",\"default\":{\"b\":1}}}",
        "properties[a].default",
        "Invalid value: {\"b\":1}: must not have unknown fields")]
    [InlineData(
        "{\"a\":{\"type\":\"string\",\"default\":\"x\",\"x-kubernetes-validations\":[{\"rule\":\"self != 'x'\",\"message\":\"no x\"}]}}",
        "properties[a].default",
        "Invalid value: \"x\": no x")]
    [InlineData(
        "{\"a\":{\"type\":\"object\",\"default\":{},\"properties\":{\"b\":{\"type\":\"string\",\"default\":\"y\"}},"
            + "\"x-kubernetes-validations\":[{\"rule\":\"self.b != 'x'\",\"message\":\"no x\"}]}}",
        "properties[a].default",
        "Invalid value: \"object\": no such key: b evaluating rule: no x")]
    [InlineData(
        "{\"a\":{\"type\":\"array\",\"x-kubernetes-list-type\":\"map\",\"x-kubernetes-list-map-keys\":[\"b\"],"
            + "\"items\":{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"string\"}}}}}",
        "properties[a].items.properties[b].default",
        "Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property")]
    public async Task A_default_that_violates_its_own_schema_is_refused(string properties, string field, string why)
    {
        var (code, status) = await server.PostAsync(Definitions, Definition("schema", "properties", properties).ToJsonString());

        Assert.Equal(422, code);
        var cause = Assert.Single(status["details"]!["causes"]!.AsArray())!.AsObject();
        Assert.EndsWith(field, cause.Text("field"), StringComparison.Ordinal);
        Assert.StartsWith(why, cause.Text("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("names", "shortNames", "null")]
    [InlineData("schema", "additionalProperties", "true")]
    [InlineData(
        "schema",
        "properties",
        "{\"spec\":{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":[{\"pattern\":\"^a$\"},{\"multipleOf\":0.5}]}}}")]
    public async Task A_valid_definition_is_served(string place, string member, string value)
    {
        Assert.Equal(201, (await server.PostAsync(Definitions, Definition(place, member, value).ToJsonString())).Code);
        Assert.Equal(
            201,
            (await server.PostAsync(
                "/apis/example.dev/v1/namespaces/default/gadgets",
                """{"apiVersion":"example.dev/v1","kind":"Gadget","metadata":{"name":"g"}}""")).Code);
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Delete, $"{Definitions}/gadgets.example.dev")).Code);
    }

    private static JsonObject Definition(string place, string member, string value)
    {
        var definition = JsonNode.Parse("""
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"gadgets.example.dev"},
            "spec":{"group":"example.dev","scope":"Namespaced",
             "names":{"plural":"gadgets","kind":"Gadget"},"versions":[{"name":"v1","served":true,"storage":true,
             "schema":{"openAPIV3Schema":{"type":"object"}}}]}}
            """)!.AsObject();
        var version = definition["spec"]!["versions"]![0]!.AsObject();
        var holder = place switch
        {
            "names" => definition["spec"]!["names"]!,
            "schema" => version["schema"]!["openAPIV3Schema"]!,
            _ => version,
        };
        holder[member] = JsonNode.Parse(value);
        return definition;
    }
}
