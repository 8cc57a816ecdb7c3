using System.Text.Json.Nodes;
using Cortex.ApiServer.Tests.Support;

namespace Cortex.ApiServer.Tests;

/// <summary>The rules for metadata, and the treatment of null.</summary>
public sealed class MetadataTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Owner = "\"apiVersion\": \"example.dev/v1\", \"kind\": \"Widget\", \"uid\": \"1\"";

    [Theory]
    [InlineData("\"annotations\": {\"Example.com/Key\": \"\"}")]
    [InlineData("\"annotations\": {\"EXAMPLE.COM/Key_1\": \"{}\"}")]
    [InlineData("\"ownerReferences\": [{" + Owner + ", \"name\": \"a\", \"controller\": true}, {" + Owner + ", \"name\": \"b\"}]")]
    [InlineData("\"finalizers\": [\"foregroundDeletion\"]")]
    public async Task Valid_metadata_is_accepted(string metadata) => Assert.Equal(201, (await PostAsync(metadata)).Code);

    [Theory]
    [InlineData("\"annotations\": {\"a/b/c\": \"\"}", "metadata.annotations")]
    [InlineData("\"annotations\": {\"\": \"\"}", "metadata.annotations")]
    [InlineData("\"labels\": {\"Example.com/Key\": \"\"}", "metadata.labels")]
    [InlineData("\"finalizers\": [null]", "metadata.finalizers")]
    [InlineData("\"finalizers\": [\"\"]", "metadata.finalizers")]
    [InlineData("\"finalizers\": [\"orphan\", \"foregroundDeletion\"]", "metadata.finalizers")]
    [InlineData("\"ownerReferences\": [{" + Owner + ", \"name\": \"\"}]", "metadata.ownerReferences[0].name")]
    [InlineData(
        "\"ownerReferences\": [{\"apiVersion\": \"example.dev/\", \"kind\": \"Widget\", \"uid\": \"1\", \"name\": \"a\"}]",
        "metadata.ownerReferences[0].apiVersion")]
    [InlineData(
        "\"ownerReferences\": [{\"apiVersion\": \"v1\", \"kind\": \"Event\", \"uid\": \"1\", \"name\": \"a\"}]",
        "metadata.ownerReferences[0]")]
    [InlineData(
        "\"ownerReferences\": [{" + Owner + ", \"name\": \"a\", \"controller\": true}, "
            + "{" + Owner + ", \"name\": \"b\", \"controller\": true}]",
        "metadata.ownerReferences")]
    public async Task Invalid_metadata_is_refused_with_its_field(string metadata, string field)
    {
        var (code, status) = await PostAsync(metadata);
        Assert.Equal(422, code);
        Assert.Contains(status["details"]!["causes"]!.AsArray(), cause => cause!["field"]!.ToString() == field);
    }

    [Theory, InlineData(256 * 1024, 201), InlineData(256 * 1024 + 1, 422)]
    public async Task Annotations_may_have_256_KiB_in_total(int size, int code)
    {
        var half = (size - 2) / 2;
        var (actual, status) = await PostAsync(
            $"\"annotations\": {{\"a\": \"{new string('x', half)}\", \"b\": \"{new string('x', size - 2 - half)}\"}}");
        Assert.Equal(code, actual);
        if (code == 422)
        {
            Assert.Contains(
                "metadata.annotations: Too long: may not be more than 262144 bytes", status.Text("message"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"settings\": {\"a\": null, \"b\": \"1\"}", """{"b":"1"}""")]
    [InlineData("\"settings\": {\"a\": null}", "{}")]
    public async Task A_null_that_the_schema_does_not_allow_counts_as_absent(string settings, string expected)
    {
        var body = await server.CreateWidgetAsync($"null-{Guid.NewGuid():N}", more: $", {settings}, \"color\": null, \"owner\": null");
        Assert.Equal(expected, body["spec"]!["settings"]!.ToJsonString());
        Assert.Equal("red", body["spec"]!["color"]!.ToString());
        Assert.True(body["spec"]!.AsObject().ContainsKey("owner"));
    }

    private Task<(int Code, JsonObject Body)> PostAsync(string metadata) => server.PostAsync(TestServer.Widgets,
        $$"""
        {
            "apiVersion": "example.dev/v1", "kind": "Widget",
            "metadata": {"name": "m-{{Guid.NewGuid():N}}", {{metadata}} }, "spec": {"size": 3}
        }
        """);
}
