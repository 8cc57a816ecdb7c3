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
    public async Task A_conflict_over_finalizers_is_settled_by_reading_again_and_keeps_the_finalizer_of_another()
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
    public async Task A_conflict_that_never_ends_is_told_after_five_tries()
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
    public async Task A_read_that_a_busy_server_refuses_is_asked_again_as_often_as_there_are_pauses_and_a_write_never()
    {
        var patient = new ResourceClient<Widget>(api.Connect(TimeProvider.System, pauses: [TimeSpan.Zero, TimeSpan.Zero]));
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
    public async Task A_stale_status_is_refused_rather_than_retried()
    {
        var writing = widgets.PatchStatusAsync(A, new WidgetStatus("Ready", 2), new WidgetStatus("Failed"), "7", Ct);
        var patch = await api.NextAsync($"PATCH {Path}/status");
        Assert.Equal("""{"status":{"ready":null,"phase":"Failed"},"metadata":{"resourceVersion":"7"}}""", patch.Body);
        patch.Refuse(HttpStatusCode.Conflict);
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => writing)).Is(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task An_equal_status_sends_nothing()
    {
        Assert.Null(await widgets.PatchStatusAsync(A, new WidgetStatus("Ready", 2), new WidgetStatus("Ready", 2), "7", Ct));
        Assert.True(api.Idle);
    }

    [Fact]
    public async Task A_server_error_keeps_what_the_server_said()
    {
        var reading = widgets.GetAsync(A, Ct);
        (await api.NextAsync($"GET {Path}")).Refuse(HttpStatusCode.InternalServerError);
        var refused = await Assert.ThrowsAsync<KubernetesException>(() => reading);
        Assert.Equal(
            (500, "InternalServerError", $"GET {Path[1..]}: scripted 500"),
            (refused.Status.Code, refused.Status.Reason, refused.Status.Message));
    }

    [Fact]
    public async Task An_answer_from_a_proxy_in_html_is_a_refusal_too()
    {
        var reading = widgets.GetAsync(A, Ct);
        (await api.NextAsync($"GET {Path}")).Respond("<html>bad gateway</html>", HttpStatusCode.BadGateway);
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => reading)).Is(HttpStatusCode.BadGateway));
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up_on()
    {
        var reading = widgets.GetAsync(A, Ct);
        await api.NextAsync($"GET {Path}");
        time.Advance(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<TimeoutException>(() => reading);
    }
}
