using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using k8s;

namespace Cortex.Runtime;

/// <summary>One page of a list, with the version of the whole list.</summary>
internal sealed record ListPage(string ResourceVersion, IReadOnlyList<JsonElement> Items);

/// <summary>
/// Reads a collection in pages (https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks).
/// </summary>
internal static class ListPages
{
    public const int Size = 500;

    /// <summary>Yields the pages of one consistent list.</summary>
    /// <param name="query">Further query parameters, each with a leading ampersand.</param>
    /// <exception cref="KubernetesException">410 Gone: the continue token has expired; list again from the start.</exception>
    public static async IAsyncEnumerable<ListPage> ReadAsync(
        ApiConnection api, string collection, string query, [EnumeratorCancellation] CancellationToken ct)
    {
        for (string? token = ""; token is not null;)
        {
            var more = token is "" ? "" : $"&continue={Uri.EscapeDataString(token)}";
            var page = await api.GetAsync($"{collection}?limit={Size}{query}{more}", ct);
            var metadata = page.GetProperty("metadata");
            yield return new(Text(metadata, "resourceVersion") ?? "", Items(page));
            token = Text(metadata, "continue") is { Length: > 0 } next ? next : null;
        }
    }

    // A list may contain "items": null.
    private static IReadOnlyList<JsonElement> Items(JsonElement page) =>
        page.TryGetProperty("items", out var items) && items.ValueKind is JsonValueKind.Array ? [.. items.EnumerateArray()] : [];

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.GetString() : null;
}
