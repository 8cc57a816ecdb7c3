using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.Core.Naming;
using Cortex.Runtime;
using k8s;

namespace Cortex.Operator.Webhooks;

/// <summary>One webhook of a configuration.</summary>
/// <param name="Bundle">The authorities that API servers trust when they call it, PEM; empty where none was given.</param>
internal sealed record Hook(string Name, string Bundle);

/// <summary>
/// The ValidatingWebhookConfiguration, which the user installs. Ours in it is the <c>caBundle</c> alone, and only that is ever written: the rest, what is asked about and what happens when
/// nobody answers, is the user's.
/// </summary>
internal sealed class Registration(ApiConnection api)
{
    private const string JsonPatch = "application/json-patch+json";

    private static readonly string Path =
        new ResourceKind("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations")
            .ObjectPath(new ObjectKey("", OperatorNames.WebhookConfiguration));

    /// <returns>Null where there is no configuration.</returns>
    public async Task<IReadOnlyList<Hook>?> ReadAsync(CancellationToken ct)
    {
        try
        {
            var configuration = await api.GetAsync(Path, ct);
            return configuration.TryGetProperty("webhooks", out var hooks) && hooks.ValueKind is JsonValueKind.Array ? [.. hooks.EnumerateArray().Select(Read)] : [];
        }
        catch (KubernetesException refusal) when (refusal.Is(HttpStatusCode.NotFound))
        {
            return null;
        }
    }

    /// <summary>Makes every hook trust the bundle, and writes nothing where all do.</summary>
    /// <param name="hooks">As last read. Where one has moved since, the API refuses the patch, and the next look reads it anew.</param>
    /// <returns>Whether something was written.</returns>
    public async Task<bool> PublishAsync(IReadOnlyList<Hook> hooks, string bundle, CancellationToken ct)
    {
        var base64 = Convert.ToBase64String(Encoding.ASCII.GetBytes(bundle));
        JsonNode[] patch =
        [
            .. hooks.Index().Where(one => one.Item.Bundle != bundle).SelectMany<(int Index, Hook Item), JsonNode>(one =>
            [
                new JsonObject { ["op"] = "test", ["path"] = $"/webhooks/{one.Index}/name", ["value"] = one.Item.Name },
                new JsonObject { ["op"] = "add", ["path"] = $"/webhooks/{one.Index}/clientConfig/caBundle", ["value"] = base64 },
            ]),
        ];
        if (patch.Length == 0)
        {
            return false;
        }

        await api.SendAsync(HttpMethod.Patch, Path, new JsonArray(patch).ToJsonString(), JsonPatch, ct);
        return true;
    }

    private static Hook Read(JsonElement hook) => new(
        hook.GetProperty("name").GetString() ?? "",
        hook.TryGetProperty("clientConfig", out var client) && client.TryGetProperty("caBundle", out var bundle) && bundle.TryGetBytesFromBase64(out var bytes)
            ? Encoding.ASCII.GetString(bytes)
            : "");
}
