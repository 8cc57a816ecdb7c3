using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.Core.Naming;
using Cortex.Runtime;
using k8s;

namespace Cortex.Operator.Webhooks;

/// <summary>One webhook of a configuration.</summary>
/// <param name="Bundle">The authorities that API servers trust when they call the webhook, PEM; empty if there are none.</param>
internal sealed record Hook(string Name, string Bundle);

/// <summary>
/// The ValidatingWebhookConfiguration, which the user installs. The operator writes only its <c>caBundle</c>: the rest, such as the
/// resources and what happens without an answer, belongs to the user.
/// </summary>
internal sealed class Registration(ApiConnection api)
{
    private const string JsonPatch = "application/json-patch+json";

    private static readonly string Path =
        new ResourceKind("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations")
            .ObjectPath(new ObjectKey("", OperatorNames.WebhookConfiguration));

    /// <returns>Null if there is no configuration.</returns>
    public async Task<IReadOnlyList<Hook>?> ReadAsync(CancellationToken ct)
    {
        try
        {
            var configuration = await api.GetAsync(Path, ct);
            return configuration.TryGetProperty("webhooks", out var hooks) && hooks.ValueKind is JsonValueKind.Array
                ? [.. hooks.EnumerateArray().Select(Read)]
                : [];
        }
        catch (KubernetesException refusal) when (refusal.Is(HttpStatusCode.NotFound))
        {
            return null;
        }
    }

    /// <summary>Makes every hook trust the bundle. Writes nothing if all hooks do.</summary>
    /// <param name="hooks">
    /// The hooks as last read. If they have changed since, the API refuses the patch, and the next check reads them again.
    /// </param>
    /// <returns>Whether something was written.</returns>
    public async Task<bool> PublishAsync(IReadOnlyList<Hook> hooks, string bundle, CancellationToken ct)
    {
        var base64 = Convert.ToBase64String(Encoding.ASCII.GetBytes(bundle));
        JsonNode[] patch =
        [
            .. hooks.Index().Where(hook => hook.Item.Bundle != bundle).SelectMany<(int Index, Hook Item), JsonNode>(hook =>
            [
                new JsonObject { ["op"] = "test", ["path"] = $"/webhooks/{hook.Index}/name", ["value"] = hook.Item.Name },
                new JsonObject { ["op"] = "add", ["path"] = $"/webhooks/{hook.Index}/clientConfig/caBundle", ["value"] = base64 },
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
        hook.TryGetProperty("clientConfig", out var client)
            && client.TryGetProperty("caBundle", out var bundle)
            && bundle.TryGetBytesFromBase64(out var bytes)
            ? Encoding.ASCII.GetString(bytes)
            : "");
}
