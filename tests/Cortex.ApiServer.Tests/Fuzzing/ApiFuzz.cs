using System.Text;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Tests.Support;
using Cortex.TestPrograms;
using k8s;
using k8s.Models;

namespace Cortex.ApiServer.Tests.Fuzzing;

/// <summary>Whatever is asked of the embedded API: it is answered or refused, and never a defect of the server.</summary>
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
    public Task No_request_is_a_defect_of_the_server() => Fuzz.RunAsync("API", async one =>
    {
        // What a case finds it has made itself, so that it can be tried again alone.
        var kind = one.Pick(ApiRequests.Kinds);
        await SendAsync(
            one, new("POST", kind.Collection, "", "application/json", "*/*", Encoding.UTF8.GetBytes(kind.Sample().ToJsonString())));
        foreach (var request in one.Some(4, () => ApiRequests.Make(one, kind)))
        {
            await SendAsync(one, request);
        }

        await SendAsync(one, new("DELETE", kind.Path, "", "application/json", "*/*", []));
        if (one.Number % 100 == 0)
        {
            Assert.Equal(
                "ok", await server.Http.GetStringAsync(new Uri("/readyz", UriKind.Relative), TestContext.Current.CancellationToken));
        }
    });

    private async Task SendAsync(FuzzCase one, ApiRequest request)
    {
        one.Input = $"{one.Input}{request}\n";
        using var message = request.Message();
        // A watch goes on; its headers may come with its first event.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var isWatch = request.Query.Contains("watch", StringComparison.Ordinal);
        patience.CancelAfter(isWatch ? TimeSpan.FromMilliseconds(50) : TimeSpan.FromSeconds(60));
        try
        {
            using var response = await server.Http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            // 504: a resource version that the store has not reached.
            Assert.True((int)response.StatusCode is < 500 or 504, $"{(int)response.StatusCode}: {request}");
            if (!isWatch)
            {
                await response.Content.CopyToAsync(Stream.Null, patience.Token);
            }
        }
        catch (OperationCanceledException) when (isWatch)
        {
            // Nothing happened that it could have told.
        }
        catch (HttpRequestException cut) when (cut.InnerException is IOException && request.Path.Contains("%00", StringComparison.Ordinal))
        {
            // The web server refuses such a path before it reads the body: of its 400 a client that still writes may see no more than the
            // end of the connection.
            Assert.Equal(
                "ok", await server.Http.GetStringAsync(new Uri("/readyz", UriKind.Relative), TestContext.Current.CancellationToken));
        }
    }
}

/// <param name="Type">Of the body.</param>
internal sealed record ApiRequest(string Method, string Path, string Query, string Type, string Accept, byte[] Body)
{
    public HttpRequestMessage Message()
    {
        var message = new HttpRequestMessage(new(Method), new Uri(Query.Length > 0 ? $"{Path}?{Query}" : Path, UriKind.Relative));
        message.Headers.TryAddWithoutValidation("Accept", Accept);
        if (Body.Length > 0)
        {
            message.Content = new ByteArrayContent(Body);
            message.Content.Headers.TryAddWithoutValidation("Content-Type", Type);
        }

        return message;
    }

    public override string ToString() => $"{Method} {Path}?{Query} ({Type}, accepts {Accept}) {Encoding.UTF8.GetString(Body)}";
}
