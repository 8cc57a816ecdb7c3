using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Tests.Support;

/// <summary>A watch of the widgets, read line by line: one JSON document per line.</summary>
internal sealed class RawWatch : IDisposable
{
    private readonly HttpResponseMessage response;
    private readonly StreamReader lines;

    private RawWatch(HttpResponseMessage response, StreamReader lines) => (this.response, this.lines) = (response, lines);

    public static async Task<RawWatch> StartAsync(TestServer server, string query, string accept = "application/json")
    {
        // From now on: existing objects are not of interest.
        var (_, list) = await server.GetAsync(TestServer.Widgets);
        var uri = new Uri($"{TestServer.Widgets}{query}&resourceVersion={list["metadata"]!["resourceVersion"]}", UriKind.Relative);
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        var response = await server.Http.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return new(response, new(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)));
    }

    // An event has more levels than its object.
    public async Task<JsonObject> NextAsync() =>
        JsonNode.Parse(
            (await lines.ReadLineAsync(TestContext.Current.CancellationToken))!,
            documentOptions: new() { MaxDepth = Json.MaxDepth + 8 })!.AsObject();

    public async Task<bool> EndsAsync() => await lines.ReadLineAsync(TestContext.Current.CancellationToken) is null;

    public void Dispose()
    {
        lines.Dispose();
        response.Dispose();
    }
}
