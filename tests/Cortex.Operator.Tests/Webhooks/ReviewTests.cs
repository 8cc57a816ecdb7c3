using System.Net;
using System.Text.Json.Nodes;
using static Cortex.Operator.Tests.Webhooks.Reviews;

namespace Cortex.Operator.Tests.Webhooks;

/// <summary>Real reviews over real TLS.</summary>
public sealed class ReviewTests : IAsyncLifetime
{
    private const string Good = """{"image": "registry.example/postgres:17", "instances": 2}""";
    private const string Bad = """
        {"image": "registry.example/postgres:17", "instances": 12,
         "postgres": {"parameters": {"fsync": "off"}}, "database": {"name": "template1"}}
        """;

    private RunningWebhook webhook = null!;

    public async ValueTask InitializeAsync() => webhook = await RunningWebhook.StartAsync();

    public ValueTask DisposeAsync() => webhook.DisposeAsync();

    private async Task AssertAllowedAsync(string review)
    {
        var response = await webhook.ReviewAsync(review);
        Assert.Equal((true, Uid), (response["allowed"]!.GetValue<bool>(), response["uid"]!.GetValue<string>()));
        Assert.Null(response["status"]);
    }

    private async Task AssertRefusedAsync(string review, params string[] fields)
    {
        var response = await webhook.ReviewAsync(review);
        Assert.Equal((false, Uid), (response["allowed"]!.GetValue<bool>(), response["uid"]!.GetValue<string>()));
        Assert.Equal(fields, response["status"]!["details"]!["causes"]!.AsArray().Select(item => item!["field"]!.GetValue<string>()));
        Assert.All(
            fields, field => Assert.Contains($"{field}: ", response["status"]!["message"]!.GetValue<string>(), StringComparison.Ordinal));
        Assert.Equal((422, "Invalid"), (response["status"]!["code"]!.GetValue<int>(), response["status"]!["reason"]!.GetValue<string>()));
    }

    [Fact]
    public async Task An_invalid_resource_is_refused_with_every_wrong_field()
    {
        await AssertAllowedAsync(Of("CREATE", Cluster(Good)));
        await AssertRefusedAsync(Of("CREATE", Cluster(Bad)), "spec.instances", "spec.postgres.parameters.fsync", "spec.database.name");
        var message = (await webhook.ReviewAsync(Of("CREATE", Cluster(Bad))))["status"]!["message"]!.GetValue<string>();
        Assert.StartsWith("spec.instances: 12 must be 1 to 9; spec.postgres.parameters.fsync: ", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invalid_edit_is_refused_by_comparison_with_the_old_resource()
    {
        await AssertRefusedAsync(
            Of("UPDATE", Cluster(Bad), Cluster(Good)), "spec.instances", "spec.postgres.parameters.fsync", "spec.database.name");
        await AssertRefusedAsync(Of("UPDATE", Cluster("""{"promote": "cortex-s7"}"""), Cluster(Good)), "spec.promote");
        var led = """{"primary": "cortex-s1"}""";
        await AssertRefusedAsync(Of("UPDATE", Cluster("""{"instances": 1}""", led), Cluster(Good, led)), "spec.instances");
    }

    [Fact]
    public async Task An_invalid_resource_can_be_deleted_labelled_and_corrected_in_steps()
    {
        var half = Bad.Replace("\"fsync\": \"off\"", "", StringComparison.Ordinal);

        await AssertAllowedAsync(Of("DELETE", null, Cluster(Bad)));
        await AssertAllowedAsync(Of("UPDATE", Cluster(Bad), Cluster(Bad), "status"));
        await AssertAllowedAsync(Of("UPDATE", Cluster(Bad).With("labels", new JsonObject { ["team"] = "a" }), Cluster(Bad)));
        await AssertAllowedAsync(
            Of("UPDATE", Cluster(Bad), Cluster(Bad).With("finalizers", new JsonArray("cortex.bicameral.dev/cleanup"))));
        await AssertAllowedAsync(
            Of(
                "UPDATE",
                Cluster(Bad).With("deletionTimestamp", "2026-03-01T12:00:00Z"),
                Cluster(Good).With("deletionTimestamp", "2026-03-01T12:00:00Z")));
        await AssertAllowedAsync(Of("UPDATE", Cluster(half), Cluster(Bad)));
        await AssertAllowedAsync(Of("UPDATE", Cluster(Good), Cluster(Bad)));
        Assert.StartsWith(
            "spec.instances: 12 must be 1 to 9; it was so before",
            (await webhook.ReviewAsync(Of("UPDATE", Cluster(half), Cluster(Bad))))["warnings"]![0]!.GetValue<string>(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scale_is_checked_like_an_edit_of_spec_instances()
    {
        webhook.Api.Cluster = Cluster("""{"instances": 2, "replication": {"mode": "Synchronous"}}""", """{"primary": "cortex-s1"}""");

        await AssertAllowedAsync(OfScale(3));
        await AssertRefusedAsync(OfScale(12), "spec.instances");
        await AssertRefusedAsync(OfScale(1), "spec.replication.mode", "spec.instances");
        webhook.Api.Cluster.With("deletionTimestamp", "2026-03-01T12:00:00Z");
        await AssertAllowedAsync(OfScale(1));
    }

    [Fact]
    public async Task A_scale_of_an_unreadable_cluster_is_allowed()
    {
        await AssertAllowedAsync(OfScale(1));
        webhook.Api.Refuses = HttpStatusCode.InternalServerError;
        await AssertAllowedAsync(OfScale(1));
    }

    [Fact]
    public async Task Other_kinds_are_allowed() =>
        await AssertAllowedAsync(Of("CREATE", new JsonObject { ["spec"] = "anything" }, kind: "Widget"));

    [Fact]
    public async Task An_unreadable_field_is_refused_unless_it_was_stored_before()
    {
        const string Newer = """{"replication": {"mode": "Quorum"}}""";

        await AssertRefusedAsync(Of("CREATE", Cluster(Newer)), "spec.replication.mode");
        await AssertRefusedAsync(Of("CREATE", Cluster("""{"postgres": null}""")), "spec.postgres");
        await AssertRefusedAsync(Of("UPDATE", Cluster(Newer), Cluster(Good)), "spec.replication.mode");
        await AssertAllowedAsync(Of("UPDATE", Cluster(Good), Cluster(Newer)));
        await AssertAllowedAsync(Of("CREATE", Cluster(Good, """{"primary": 7, "phase": []}""")));
    }

    [Fact]
    public async Task A_generated_name_is_checked_with_the_length_of_its_suffix()
    {
        var unnamed = Cluster(Good, "{}");
        unnamed["metadata"] = new JsonObject { ["generateName"] = "cortex-" };
        await AssertAllowedAsync(Of("CREATE", unnamed));
        unnamed["metadata"] = new JsonObject { ["generateName"] = new string('a', 36) };
        await AssertRefusedAsync(Of("CREATE", unnamed), "metadata.name");
    }

    [Fact]
    public async Task Fields_without_effect_on_Kubernetes_cause_a_warning()
    {
        var response = await webhook.ReviewAsync(
            Of("CREATE", Cluster("""{"image": "registry.example/postgres:17", "podman": {"basePort": 6000}}""")));

        Assert.True(response["allowed"]!.GetValue<bool>());
        Assert.StartsWith(
            "spec.podman.basePort: without effect on Kubernetes",
            Assert.Single(response["warnings"]!.AsArray())!.GetValue<string>(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("\"text\"")]
    [InlineData("{\"a\": 1, \"a\": 2}")]
    [InlineData("""{"apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview", "request": {"uid": "1"}}""")]
    [InlineData("""{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}""")]
    [InlineData("""{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": 7}}""")]
    [InlineData("""{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": "x"}""")]
    public async Task A_body_that_is_not_a_review_gets_400_with_the_reason(string body)
    {
        var (code, text) = await webhook.SendAsync(webhook.Api.Bundle, body);

        Assert.Equal(HttpStatusCode.BadRequest, code);
        Assert.NotEmpty(text.Trim());
    }

    [Fact]
    public async Task A_review_without_its_object_gets_400_and_the_server_continues()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await webhook.SendAsync(webhook.Api.Bundle, Of("CREATE", null))).Code);
        Assert.Equal(HttpStatusCode.BadRequest, (await webhook.SendAsync(webhook.Api.Bundle, Of("UPDATE", Cluster(Good)))).Code);
        Assert.Equal(HttpStatusCode.BadRequest, (await webhook.SendAsync(webhook.Api.Bundle, new string('[', 100_000))).Code);
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await webhook.SendAsync(webhook.Api.Bundle, Of("CREATE", Cluster("""{"postgres": {"parameters": {"a": null}}}""")))).Code);
        await AssertAllowedAsync(Of("CREATE", Cluster(Good)));
    }

    [Theory]
    [InlineData("\"metadata\":{", "\"metadata\":[]", "\"m\":{")]
    [InlineData("\"image\":\"", "\"image\":\"\\ud800")]
    [InlineData("\"name\":\"cortex\"", "\"name\":\"\\ud800\"")]
    [InlineData("\"instances\":2", "\"instances\":1e999")]
    [InlineData("\"instances\":2", "\"postgres\":{\"hba\":[null]},\"instances\":2")]
    [InlineData("\"instances\":2", "\"kubernetes\":{\"allowFrom\":[null],\"lostInstances\":[null]},\"instances\":2")]
    [InlineData("\"instances\":2", "\"resources\":{\"limits\":{\"cpu\":null}},\"instances\":2")]
    public async Task A_malformed_review_is_never_answered_with_500(string sound, string broken, string? rest = null)
    {
        var review = Of("UPDATE", Cluster(Good), Cluster("""{"instances": 1}"""));
        var at = review.IndexOf(sound, StringComparison.Ordinal);
        Assert.NotEqual(-1, at);
        var body = review[..at] + broken + (rest is null ? "" : "," + rest) + review[(at + sound.Length)..];

        var (code, text) = await webhook.SendAsync(webhook.Api.Bundle, body);

        Assert.True(code is HttpStatusCode.BadRequest or HttpStatusCode.OK, $"{code}: {text}");
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_review_may_have_the_maximum_size_of_an_API_servers_request()
    {
        await AssertAllowedAsync(Of("CREATE", Cluster(Good)) + new string(' ', 3 * 1024 * 1024));
        Assert.Equal(
            HttpStatusCode.RequestEntityTooLarge, (await webhook.SendAsync(webhook.Api.Bundle, new string(' ', 4 * 1024 * 1024))).Code);
    }

    /// <summary>More requests than are read at the same time.</summary>
    [Fact]
    public async Task Stalled_requests_time_out_and_do_not_block_others()
    {
        var stalled = Task.WhenAll(Enumerable.Range(0, 6).Select(_ => webhook.StallAsync()));
        await Eventually.HoldsAsync("every stalled request has timed out", () =>
        {
            webhook.Clock.Advance(TimeSpan.FromSeconds(11));
            return stalled.IsCompleted;
        });

        Assert.All(await stalled, line => Assert.True(line is "HTTP/1.1 408 Request Timeout" or "HTTP/1.1 503 Service Unavailable", line));
        await AssertAllowedAsync(Of("CREATE", Cluster(Good)));
    }

    [Fact]
    public async Task Requests_that_are_not_reviews_are_refused()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await webhook.SendAsync(webhook.Api.Bundle, "{}", "/")).Code);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await webhook.SendAsync(webhook.Api.Bundle, "{}", method: HttpMethod.Put)).Code);
    }
}
