using System.Text;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Tests.Support;
using k8s;
using k8s.Models;

namespace Cortex.ApiServer.Tests.Fuzzing;

/// <summary>The embedded API answers or refuses every request, without an internal error.</summary>
[Trait("Kind", "fuzz")]
public sealed class ApiFuzz(TestServer server) : IClassFixture<TestServer>, IAsyncLifetime
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    public async ValueTask InitializeAsync()
    {
        var clusters = await KubernetesYaml.LoadFromFileAsync<V1CustomResourceDefinition>(
            Path.Combine(AppContext.BaseDirectory, "cortexclusters.yaml"));
        var gauges = await File.ReadAllTextAsync(
            Path.Combine(AppContext.BaseDirectory, "Rules", "gauges.json"), TestContext.Current.CancellationToken);
        foreach (var definition in (string[])[KubernetesJson.Serialize(clusters), gauges])
        {
            Assert.Contains((await server.PostAsync(Definitions, definition)).Code, (int[])[201, 409]);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public Task No_request_is_a_defect_of_the_server() => Fuzz.RunAsync("API", async fuzz =>
    {
        // Each case creates its own object, so that it can be repeated alone.
        var kind = fuzz.Pick(ApiRequests.Kinds);
        await SendAsync(
            fuzz, new("POST", kind.Collection, "", "application/json", "*/*", Encoding.UTF8.GetBytes(kind.Sample().ToJsonString())));
        foreach (var request in fuzz.Some(4, () => ApiRequests.Make(fuzz, kind)))
        {
            await SendAsync(fuzz, request);
        }

        await SendAsync(fuzz, new("DELETE", kind.Path, "", "application/json", "*/*", []));
        if (fuzz.Number % 100 == 0)
        {
            Assert.Equal(
                "ok", await server.Http.GetStringAsync(new Uri("/readyz", UriKind.Relative), TestContext.Current.CancellationToken));
        }
    });

    private async Task SendAsync(FuzzCase fuzz, ApiRequest request)
    {
        fuzz.Input = $"{fuzz.Input}{request}\n";
        using var message = request.Message();
        // A watch does not end, and its headers may arrive with its first event.
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var isWatch = request.Query.Contains("watch", StringComparison.Ordinal);
        timeout.CancelAfter(isWatch ? TimeSpan.FromMilliseconds(50) : TimeSpan.FromSeconds(60));
        try
        {
            using var response = await server.Http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            // 504: a resource version that the store has not reached.
            Assert.True((int)response.StatusCode is < 500 or 504, $"{(int)response.StatusCode}: {request}");
            if (!isWatch)
            {
                await response.Content.CopyToAsync(Stream.Null, timeout.Token);
            }
        }
        catch (OperationCanceledException) when (isWatch)
        {
            // The watch had no event in this time.
        }
        catch (HttpRequestException cut) when (cut.InnerException is IOException && request.Path.Contains("%00", StringComparison.Ordinal))
        {
            // The web server refuses such a path before it reads the body. A client that still sends may see only the end of the
            // connection instead of the 400.
            Assert.Equal(
                "ok", await server.Http.GetStringAsync(new Uri("/readyz", UriKind.Relative), TestContext.Current.CancellationToken));
        }
    }
}
