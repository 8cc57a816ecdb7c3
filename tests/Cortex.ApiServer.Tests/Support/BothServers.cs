using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cortex.ApiServer.Tests.Fuzzing;
using k8s;
using k8s.Models;

namespace Cortex.ApiServer.Tests.Support;

/// <summary>The embedded API and the code of kube-apiserver, with the same definitions.</summary>
public sealed partial class BothServers : IAsyncLifetime
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
    private RealServer? real;

    public TestServer Embedded { get; } = new();

    /// <summary>Skips the test when kube-apiserver was not built.</summary>
    internal RealServer Real
    {
        get
        {
            Assert.SkipWhen(
                real is null, "kube-apiserver's code was not built; tests/kubernetes/apiserver.sh --make builds it, or says why it cannot");
            return real;
        }
    }

    public async ValueTask InitializeAsync()
    {
        await Embedded.InitializeAsync();
        if (RealServer.Program is not { } program)
        {
            return;
        }

        real = await RealServer.StartAsync(program);
        var clusters = await KubernetesYaml.LoadFromFileAsync<V1CustomResourceDefinition>(
            Path.Combine(AppContext.BaseDirectory, "cortexclusters.yaml"));
        string[] definitions = [KubernetesJson.Serialize(Widgets.Definition()), KubernetesJson.Serialize(clusters)];
        foreach (var definition in definitions)
        {
            var (code, body) = await TestClient.SendAsync(real.Http, HttpMethod.Post, Definitions, definition, "application/json");
            Assert.True(code == 201, body.ToJsonString());
            (code, body) = await Embedded.PostAsync(Definitions, definition);
            Assert.True(code is 201 or 409, body.ToJsonString());
        }

        // In kube-apiserver a definition takes effect a moment after its creation.
        foreach (var path in (string[])[TestServer.Widgets, Rules.ClusterRuleTests.Clusters])
        {
            var uri = new Uri(path, UriKind.Relative);
            await Eventually.HoldsAsync($"{path} is served", async () => (await real.Http.GetAsync(uri)).IsSuccessStatusCode);
        }
    }

    /// <summary>The answers of both servers, without the parts that differ between any two servers.</summary>
    internal async Task<(string Embedded, string Real)> SendAsync(ApiRequest request) =>
        (await AnswerAsync(Embedded.Http, request), await AnswerAsync(Real.Http, request));

    public async ValueTask DisposeAsync()
    {
        real?.Dispose();
        await Embedded.DisposeAsync();
    }

    private static async Task<string> AnswerAsync(HttpClient http, ApiRequest request)
    {
        var ct = TestContext.Current.CancellationToken;
        using var message = request.Message();
        using var response = await http.SendAsync(message, ct);
        var text = await response.Content.ReadAsStringAsync(ct);
        var warnings = response.Headers.TryGetValues("Warning", out var values) ? string.Join('\n', values) : "";
        return $"{(int)response.StatusCode} {response.Content.Headers.ContentType}\n{warnings}\n{Plain(text)}";
    }

    /// <summary>An answer without the parts that differ between any two servers.</summary>
    internal static string Plain(string text)
    {
        JsonNode? node;
        try
        {
            node = JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return WithoutChance(text);
        }

        return WithoutChance(Sorted(node)?.ToJsonString(Readable) ?? "null");
    }

    private static string WithoutChance(string text) => Time().Replace(Uid().Replace(text, "UID"), "TIME");

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(
            map.Where(member => member.Key != "managedFields").OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => KeyValuePair.Create(member.Key, member.Key == "resourceVersion" ? "VERSION" : Sorted(member.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uid();

    [GeneratedRegex(@"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")]
    private static partial Regex Time();
}
