using System.Net;
using System.Text.Json.Nodes;
using k8s;

namespace Cortex.Runtime.Tests;

public sealed class ResourceClientFaultTests : IDisposable
{
    private const string Path = "/apis/runtime.test/v1/namespaces/default/widgets/a";
    private static readonly ObjectKey A = new("default", "a");

    private readonly ScriptedApi api = new();
    private readonly ObservedTime time = new();
    private readonly ResourceClient<Widget> widgets;

    public ResourceClientFaultTests() => widgets = new(api.Connect(time));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => api.Dispose();

    [Fact]
    public async Task After_a_conflict_over_finalizers_the_object_is_read_again_and_foreign_finalizers_are_kept()
    {
        var adding = widgets.AddFinalizerAsync(A, "test/ours", Ct);
        (await api.NextAsync($"GET {Path}")).Respond(Widget.Json("a", "1"));
        (await api.NextAsync($"PATCH {Path}")).Refuse(HttpStatusCode.Conflict);
        var changed = Widget.Json("a", "2");
        changed["metadata"]!["finalizers"] = new JsonArray("test/theirs");
        (await api.NextAsync($"GET {Path}")).Respond(changed);
        var patch = await api.NextAsync($"PATCH {Path}");
        Assert.Equal("""{"metadata":{"resourceVersion":"2","finalizers":["test/theirs","test/ours"]}}""", patch.Body);
        patch.Respond(changed);
        Assert.NotNull(await adding);
    }

    [Fact]
    public async Task Metadata_are_read_without_the_rest_of_the_object()
    {
        var reading = widgets.GetMetadataAsync(A, Ct);
        var request = await api.NextAsync($"GET {Path}");
        Assert.Contains("as=PartialObjectMetadata", request.Accept, StringComparison.Ordinal);
        request.Respond(Widget.Json("a", "7"));
        Assert.Equal("7", (await reading)?.ResourceVersion);

        var absent = widgets.GetMetadataAsync(A, Ct);
        (await api.NextAsync($"GET {Path}")).Refuse(HttpStatusCode.NotFound);
        Assert.Null(await absent);
    }

    [Fact]
    public async Task A_conflict_that_never_ends_is_reported_after_five_attempts()
    {
        var adding = widgets.AddFinalizerAsync(A, "test/ours", Ct);
        for (var n = 0; n < 5; n++)
        {
            (await api.NextAsync($"GET {Path}")).Respond(Widget.Json("a", $"{n}"));
            (await api.NextAsync($"PATCH {Path}")).Refuse(HttpStatusCode.Conflict);
        }

        var refused = await Assert.ThrowsAsync<KubernetesException>(() => adding);
        Assert.True(refused.Is(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task A_read_that_a_busy_server_refuses_is_repeated_once_per_retry_delay_and_a_write_never()
    {
        var patient = new ResourceClient<Widget>(api.Connect(TimeProvider.System, retryDelays: [TimeSpan.Zero, TimeSpan.Zero]));
        var reading = patient.GetAsync(A, Ct);
        (await api.NextAsync($"GET {Path}")).Refuse(HttpStatusCode.TooManyRequests);
        (await api.NextAsync($"GET {Path}")).Refuse(HttpStatusCode.ServiceUnavailable);
        (await api.NextAsync($"GET {Path}")).Respond(Widget.Json("a", "1"));
        Assert.NotNull(await reading);

        reading = patient.GetAsync(A, Ct);
        for (var n = 0; n < 3; n++)
        {
            (await api.NextAsync($"GET {Path}")).Refuse(HttpStatusCode.InternalServerError);
        }

        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => reading)).Is(HttpStatusCode.InternalServerError));

        reading = patient.GetAsync(A, Ct);
        (await api.NextAsync($"GET {Path}")).Refuse(HttpStatusCode.Forbidden);
        await Assert.ThrowsAsync<KubernetesException>(() => reading);

        reading = patient.GetAsync(A, Ct);
        (await api.NextAsync($"GET {Path}")).Respond(
            """{"kind":"Status","code":429,"details":{"retryAfterSeconds":60}}""", HttpStatusCode.TooManyRequests);
        await Assert.ThrowsAsync<KubernetesException>(() => reading);

        var writing = patient.PatchStatusAsync(A, new WidgetStatus("Ready", 2), new WidgetStatus("Failed"), "7", Ct);
        (await api.NextAsync($"PATCH {Path}/status")).Refuse(HttpStatusCode.ServiceUnavailable);
        await Assert.ThrowsAsync<KubernetesException>(() => writing);
        Assert.True(api.Idle);
    }

    [Fact]
    public async Task A_stale_status_is_refused_and_not_retried()
    {
        var writing = widgets.PatchStatusAsync(A, new WidgetStatus("Ready", 2), new WidgetStatus("Failed"), "7", Ct);
        var patch = await api.NextAsync($"PATCH {Path}/status");
        Assert.Equal("""{"status":{"ready":null,"phase":"Failed"},"metadata":{"resourceVersion":"7"}}""", patch.Body);
        patch.Refuse(HttpStatusCode.Conflict);
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => writing)).Is(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task An_equal_status_causes_no_request()
    {
        Assert.Null(await widgets.PatchStatusAsync(A, new WidgetStatus("Ready", 2), new WidgetStatus("Ready", 2), "7", Ct));
        Assert.True(api.Idle);
    }

    [Fact]
    public async Task A_server_error_keeps_the_reason_and_message_of_the_server()
    {
        var reading = widgets.GetAsync(A, Ct);
        (await api.NextAsync($"GET {Path}")).Refuse(HttpStatusCode.InternalServerError);
        var refused = await Assert.ThrowsAsync<KubernetesException>(() => reading);
        Assert.Equal(
            (500, "InternalServerError", $"GET {Path[1..]}: scripted 500"),
            (refused.Status.Code, refused.Status.Reason, refused.Status.Message));
    }

    [Fact]
    public async Task An_HTML_answer_of_a_proxy_is_a_refusal()
    {
        var reading = widgets.GetAsync(A, Ct);
        (await api.NextAsync($"GET {Path}")).Respond("<html>bad gateway</html>", HttpStatusCode.BadGateway);
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => reading)).Is(HttpStatusCode.BadGateway));
    }

    [Fact]
    public async Task A_request_without_an_answer_times_out()
    {
        var reading = widgets.GetAsync(A, Ct);
        await api.NextAsync($"GET {Path}");
        time.Advance(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<TimeoutException>(() => reading);
    }
}
