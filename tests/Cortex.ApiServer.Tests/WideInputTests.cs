using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Patching;
using Cortex.ApiServer.Schemas;
using Cortex.ApiServer.Tests.Support;

namespace Cortex.ApiServer.Tests;

/// <summary>
/// Objects of 100,000 members, which fit into a request. Work for one member must not read all the others: with quadratic work a request
/// took minutes, longer than the client here waits. Errors about such objects stay short.
/// </summary>
public sealed class WideInputTests(TestServer server) : IClassFixture<TestServer>
{
    private const int Many = 100_000;

    // 112 s each before.
    [Theory, InlineData("Strict", 400), InlineData("Warn", 201), InlineData("Ignore", 201)]
    public async Task Many_unknown_fields_are_dropped(string validation, int expected)
    {
        var (code, body) = await server.PostAsync(
            $"{TestServer.Widgets}?dryRun=All&fieldValidation={validation}", Widgets.Yaml("unknown", more: $", {Members("1")}"));
        Assert.Equal(expected, code);
        if (expected == 201)
        {
            Assert.Equal(["size", "color"], body["spec"]!.AsObject().Select(member => member.Key));
        }
    }

    // 60 s before.
    [Fact]
    public async Task Many_nulls_that_count_as_absent_are_dropped()
    {
        var (code, body) = await server.PostAsync("/api/v1/namespaces?dryRun=All",
            $$$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"nulls","labels":{"kept":"a",{{{{Members("null")}}}}}}}""");
        Assert.Equal(201, code);
        Assert.Equal(["kept", "kubernetes.io/metadata.name"], body["metadata"]!["labels"]!.AsObject().Select(member => member.Key).Order());
    }

    // 170 s before the one, 35 s the other.
    [Fact]
    public async Task A_patch_removes_many_members()
    {
        await server.CreateWidgetAsync("wide", more: $", \"free\": {{{Members("1")}}}");
        var (code, body) = await server.SendAsync(
            HttpMethod.Patch,
            $"{TestServer.Widgets}/wide?dryRun=All",
            $$$$"""{"spec":{"free":{{{{{Members("null")}}}}}}}""",
            "application/merge-patch+json");
        Assert.Equal((200, 0), (code, body["spec"]!["free"]!.AsObject().Count));
        var removals = string.Join(
            ',', Enumerable.Range(0, JsonPatch.MaxOperations).Select(i => $$"""{"op":"remove","path":"/spec/free/k{{i}}"}"""));
        (code, body) = await server.SendAsync(
            HttpMethod.Patch, $"{TestServer.Widgets}/wide?dryRun=All", $"[{removals}]", "application/json-patch+json");
        Assert.Equal((200, Many - JsonPatch.MaxOperations), (code, body["spec"]!["free"]!.AsObject().Count));
        Assert.Equal(
            Enumerable.Range(JsonPatch.MaxOperations, Many - JsonPatch.MaxOperations).Select(i => $"k{i}").Order(StringComparer.Ordinal),
            body["spec"]!["free"]!.AsObject().Select(member => member.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_patch_ends_when_its_client_has_disconnected()
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
    public void A_member_is_removed_by_a_swap(string body, string member, bool was, string left)
    {
        var cut = JsonNode.Parse(body)!.AsObject();
        var values = cut.ToDictionary(m => m.Key, m => m.Value?.ToString());
        Assert.Equal(was, cut.SwapRemove(member));
        Assert.Equal(left, string.Join(' ', cut.Select(m => m.Key)));
        Assert.All(cut, m => Assert.Equal(values[m.Key], m.Value?.ToString()));
    }

    [Fact]
    public async Task An_answer_names_the_first_errors_and_counts_the_others()
    {
        var body = Widgets.Yaml("wrong").Replace(
            "\"name\":", $"\"annotations\": {{{Members("\"x\"", "!")}}}, \"name\":", StringComparison.Ordinal);
        var (code, status) = await server.PostAsync(TestServer.Widgets, body);
        // 63 MB before. All annotations together are too long, which is one error more.
        Assert.Equal(422, code);
        Assert.InRange(status.ToJsonString().Length, 1000, 50_000);
        var causes = status["details"]!["causes"]!.AsArray();
        Assert.Equal(26, causes.Count);
        var more = (Many - 24).ToString(CultureInfo.InvariantCulture);
        Assert.Equal($"{more} more errors are left out; correct these first", causes[^1]!["message"]!.ToString());
        Assert.Contains($"<nil>: {more} more errors are left out", status.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_shows_a_limited_part_of_a_value()
    {
        var (code, status) = await server.PostAsync(
            TestServer.Widgets, Widgets.Yaml("long", more: $", \"color\": \"a{string.Concat(Enumerable.Repeat("😀", 200_000))}\""));
        Assert.Equal(422, code);
        Assert.InRange(status.ToJsonString().Length, 1000, 100_000);
        Assert.Contains("…: supported values: \"red\", \"green\"", status.Text("message"), StringComparison.Ordinal);
    }

    [Theory, InlineData("abcd", "abcd"), InlineData("abcde", "abcd…"), InlineData("abc😀", "abc…")]
    public void A_text_is_shortened_between_characters(string text, string expected) => Assert.Equal(expected, FieldError.Shorten(text, 4));

    [Fact]
    public void A_long_name_is_not_repeated_for_every_member_below_it()
    {
        var schema = JsonNode.Parse(
            """{"type":"object","additionalProperties":{"type":"object","properties":{"k1":{"type":"string"}}}}""")!.AsObject();
        var body = JsonNode.Parse($$$$"""{"{{{{new string('x', 10_000)}}}}":{"k1":1,"k2":1}}""")!.AsObject();
        Assert.Equal("k1", SchemaValidator.Check(schema, body)[0].Field.Split('.')[^1]);
        Assert.InRange(SchemaValidator.Check(schema, body)[0].Field.Length, 100, 300);
        Assert.InRange(Assert.Single(Pruning.Prune(schema, body)).Length, 100, 300);
    }

    [Fact]
    public async Task A_second_controller_is_reported_once()
    {
        var owners = string.Join(
            ',',
            Enumerable.Range(0, 10_000).Select(i => $$"""{"apiVersion":"v1","kind":"A","name":"a{{i}}","uid":"u","controller":true}"""));
        var (code, status) = await server.PostAsync(
            TestServer.Widgets,
            Widgets.Yaml("owned").Replace("\"name\":", $"\"ownerReferences\": [{owners}], \"name\":", StringComparison.Ordinal));
        Assert.Equal(422, code);
        Assert.Contains(
            "in references for A/a0 and A/a1",
            Assert.Single(status["details"]!["causes"]!.AsArray())!["message"]!.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strict_validation_names_the_first_unknown_fields_and_counts_the_others()
    {
        var (code, status) = await server.PostAsync(
            $"{TestServer.Widgets}?fieldValidation=Strict", Widgets.Yaml("strict", more: $", {Members("1")}"));
        Assert.Equal(400, code);
        Assert.Contains(
            "strict decoding error: unknown field \"spec.k0\", unknown field \"spec.k1\", unknown field \"spec.k10\"",
            status.Text("message"),
            StringComparison.Ordinal);
        Assert.EndsWith("unknown field \"spec.k10018\", and 99975 more unknown fields", status.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Warnings_are_few_and_say_that_there_are_more()
    {
        using var content = new StringContent(Widgets.Yaml("warned", more: $", {Members("1")}"), Encoding.UTF8, "application/json");
        using var response = await server.Http.PostAsync(
            new Uri($"{TestServer.Widgets}?dryRun=All", UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.Equal(201, (int)response.StatusCode);
        var warnings = response.Headers.GetValues("Warning").ToArray();
        Assert.Equal(26, warnings.Length);
        Assert.Equal("299 - \"unknown field \\\"spec.k10018\\\"\"", warnings[^2]);
        Assert.Equal("299 - \"there are more warnings, which are left out; correct these first\"", warnings[^1]);
    }

    private static string Members(string value, string suffix = "") =>
        string.Join(',', Enumerable.Range(0, Many).Select(i => $"\"k{i}{suffix}\":{value}"));
}
