using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using k8s;

namespace Cortex.Runtime.Tests;

/// <summary>An API server that the test plays, request by request, for failures that are rare in a real server.</summary>
internal sealed class ScriptedApi : DelegatingHandler
{
    private readonly Channel<Request> requests = Channel.CreateUnbounded<Request>();

    /// <param name="patient">Without a request timeout, for tests that let hours pass before an answer.</param>
    /// <param name="retryDelays">The delays between the attempts at a read; empty when the test expects every single request.</param>
    public ApiConnection Connect(TimeProvider time, bool patient = false, params TimeSpan[] retryDelays) =>
        new(new Kubernetes(new KubernetesClientConfiguration { Host = "http://api.invalid" }, this), time)
        {
            ReadRetryDelays = retryDelays,
            RequestTimeout = patient ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(30),
        };

    public async Task<Request> NextAsync(string startsWith)
    {
        var request = await requests.Reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith(startsWith, request.Line, StringComparison.Ordinal);
        return request;
    }

    public bool Idle => !requests.Reader.TryPeek(out _);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(ct);
        var asked = new Request($"{request.Method} {request.RequestUri!.PathAndQuery}", body, request.Headers.Accept.ToString());
        await requests.Writer.WriteAsync(asked, ct);
        return await asked.Answer.Task.WaitAsync(ct);
    }

    internal sealed record Request(string Line, string Body, string Accept)
    {
        public TaskCompletionSource<HttpResponseMessage> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Respond(JsonNode body, HttpStatusCode code = HttpStatusCode.OK) => Respond(body.ToJsonString(), code);

        public void Respond(string body, HttpStatusCode code = HttpStatusCode.OK) =>
            Answer.SetResult(new(code) { Content = new StringContent(body, Encoding.UTF8, "application/json") });

        public void Refuse(HttpStatusCode code) =>
            Respond(
                new JsonObject
                {
                    ["kind"] = "Status",
                    ["status"] = "Failure",
                    ["code"] = (int)code,
                    ["reason"] = code.ToString(),
                    ["message"] = $"scripted {(int)code}",
                },
                code);

        public void List(string version, IEnumerable<JsonObject> items, string? more = null) => Respond(new JsonObject
        {
            ["kind"] = "WidgetList",
            ["metadata"] = new JsonObject { ["resourceVersion"] = version, ["continue"] = more },
            ["items"] = new JsonArray([.. items]),
        });

        public Watch Watch()
        {
            var pipe = new Pipe();
            Answer.SetResult(new(HttpStatusCode.OK) { Content = new StreamContent(pipe.Reader.AsStream()) });
            return new(pipe.Writer);
        }
    }

    internal sealed class Watch(PipeWriter to)
    {
        public async Task SendAsync(string type, JsonObject item)
        {
            var line = new JsonObject { ["type"] = type, ["object"] = item }.ToJsonString() + "\n";
            await to.WriteAsync(Encoding.UTF8.GetBytes(line));
        }

        public Task BookmarkAsync(string version) =>
            SendAsync("BOOKMARK", new() { ["kind"] = "Widget", ["metadata"] = new JsonObject { ["resourceVersion"] = version } });

        public void End() => to.Complete();

        public void Cut() => to.Complete(new IOException("connection reset by peer"));
    }
}
