using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Cortex.Core.Naming;
using k8s;

namespace Cortex.Operator.Tests.Webhooks;

/// <summary>
/// An API server with the objects that the webhook needs: one Secret, with versions and conflicts, and one configuration. The test may
/// change both, and make the server refuse requests.
/// </summary>
internal sealed class WebhookApi
{
    private readonly Lock gate = new();
    private int version;

    /// <summary>Null: it does not exist.</summary>
    public JsonObject? Secret { get; set; }

    /// <summary>Null: the user did not install the webhook.</summary>
    public JsonObject? Configuration { get; set; } = Registered();

    /// <summary>Null: it does not exist.</summary>
    public JsonObject? Cluster { get; set; }

    public HttpStatusCode? Refuses { get; set; }

    public int Writes { get; private set; }

    /// <summary>The bundle that API servers use.</summary>
    public string Bundle => Decode(Configuration?["webhooks"]?[0]?["clientConfig"]?["caBundle"]);

    public string Stored(string key) => Decode(Secret?["data"]?[key]);

    public Kubernetes Connect() => new(new KubernetesClientConfiguration { Host = "http://api.invalid" }, new Wire(this));

    public static JsonObject Registered() => new()
    {
        ["metadata"] = new JsonObject { ["name"] = OperatorNames.WebhookConfiguration },
        ["webhooks"] = new JsonArray(new JsonObject
        {
            ["name"] = "clusters.cortex.bicameral.dev",
            ["failurePolicy"] = "Ignore",
            ["clientConfig"] = new JsonObject { ["service"] = new JsonObject() },
        }),
    };

    private static string Decode(JsonNode? base64) =>
        base64 is null ? "" : Encoding.ASCII.GetString(Convert.FromBase64String(base64.GetValue<string>()));

    private (HttpStatusCode Code, JsonNode Body) Answer(string method, string path, JsonNode? sent)
    {
        lock (gate)
        {
            Writes += method is "GET" ? 0 : 1;
            return (method, path.Contains("/secrets", StringComparison.Ordinal)) switch
            {
                _ when Refuses is { } code => Refusal(code),
                ("GET", _) when path.Contains("/cortexclusters/", StringComparison.Ordinal) =>
                    Cluster is null ? Refusal(HttpStatusCode.NotFound) : Found(Cluster),
                ("POST", true) => Secret is null ? Found(Store(sent!.AsObject())) : Refusal(HttpStatusCode.Conflict),
                (_, true) when Secret is null => Refusal(HttpStatusCode.NotFound),
                ("GET", true) => Found(Secret!),
                ("PATCH", true) => Merge(sent!),
                (_, false) when Configuration is null => Refusal(HttpStatusCode.NotFound),
                ("GET", false) => Found(Configuration!),
                ("PATCH", false) => Apply(sent!.AsArray()),
                _ => Refusal(HttpStatusCode.MethodNotAllowed),
            };
        }
    }

    private (HttpStatusCode, JsonNode) Merge(JsonNode patch)
    {
        if (patch["metadata"]?["resourceVersion"]?.GetValue<string>() != Secret!["metadata"]!["resourceVersion"]!.GetValue<string>())
        {
            return Refusal(HttpStatusCode.Conflict);
        }

        foreach (var (key, value) in patch["data"]!.AsObject())
        {
            Secret["data"]![key] = value!.DeepClone();
        }

        return Found(Store(Secret));
    }

    /// <summary>A JSON patch, with the two operations that are used.</summary>
    private (HttpStatusCode, JsonNode) Apply(JsonArray patch)
    {
        foreach (var step in patch)
        {
            var path = step!["path"]!.GetValue<string>().Split('/', StringSplitOptions.RemoveEmptyEntries);
            var hooks = Configuration!["webhooks"]!.AsArray();
            if (int.Parse(path[1], null) >= hooks.Count)
            {
                return Refusal(HttpStatusCode.UnprocessableEntity);
            }

            var hook = hooks[int.Parse(path[1], null)]!;
            switch (step["op"]!.GetValue<string>(), string.Join('/', path[2..]))
            {
                case ("test", "name") when JsonNode.DeepEquals(hook["name"], step["value"]):
                    break;
                case ("add", "clientConfig/caBundle"):
                    hook["clientConfig"]!["caBundle"] = step["value"]!.DeepClone();
                    break;
                default:
                    return Refusal(HttpStatusCode.UnprocessableEntity);
            }
        }

        return Found(Configuration!);
    }

    private JsonObject Store(JsonObject secret)
    {
        secret["metadata"]!["resourceVersion"] = $"{++version}";
        return Secret = secret;
    }

    private static (HttpStatusCode, JsonNode) Found(JsonObject item) => (HttpStatusCode.OK, item.DeepClone());

    private static (HttpStatusCode, JsonNode) Refusal(HttpStatusCode code) => (code, new JsonObject
    {
        ["kind"] = "Status",
        ["status"] = "Failure",
        ["code"] = (int)code,
        ["reason"] = code.ToString(),
        ["message"] = $"scripted {(int)code}",
    });

    private sealed class Wire(WebhookApi api) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            var sent = request.Content is null ? null : JsonNode.Parse(await request.Content.ReadAsStringAsync(ct));
            var (code, body) = api.Answer(request.Method.Method, request.RequestUri!.AbsolutePath, sent);
            return new(code)
            {
                Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
                RequestMessage = request,
            };
        }
    }
}
