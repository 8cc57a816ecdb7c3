using System.Text.Json;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Testing.Clusters;

/// <summary>The objects of a cluster in Podman, read through its API: one request for each kind instead of one process for each.</summary>
public static class PodmanObjects
{
    /// <summary>Kind, path of its list, and name in a row. Pods come first, because their containers are removed with them.</summary>
    private static readonly (string Kind, string Path, Func<JsonElement, string?> Name)[] Kinds =
    [
        ("pod", "pods", row => row.GetProperty("Name").GetString()),
        ("container", "containers", row => row.GetProperty("Names")[0].GetString()),
        ("volume", "volumes", row => row.GetProperty("Name").GetString()),
        ("secret", "secrets", row => row.GetProperty("Spec").GetProperty("Name").GetString()),
        ("network", "networks", row => row.GetProperty("name").GetString()),
    ];

    private static readonly Lazy<LibpodClient> Api = new(() =>
    {
        var service = new PodmanService(PodmanOptions.FromEnvironment());
        return new LibpodClient(service.Socket, service.ConnectAsync);
    });

    /// <summary>The names of a kind: <c>container</c>, <c>pod</c>, <c>volume</c>, <c>secret</c>, <c>network</c>.</summary>
    public static async Task<IReadOnlyList<string>> NamesAsync(string kind, string cluster)
    {
        var (_, path, name) = Kinds.Single(row => row.Kind == kind);
        var reply = (await Api.Value.ListAsync($"{path}/json?all=true", TestContext.Current.CancellationToken)).OrThrow($"list {path}");
        using var rows = JsonDocument.Parse(reply.Body);
        return rows.RootElement.ValueKind is not JsonValueKind.Array
            ? []
            : [
                .. rows.RootElement.EnumerateArray().Select(name).OfType<string>()
                    .Where(found => found.StartsWith($"{cluster}-", StringComparison.Ordinal)),
            ];
    }

    /// <summary>All objects with a cluster's name, as <c>kind name</c>.</summary>
    public static async Task<IReadOnlyList<string>> RemainingObjectsAsync(string cluster)
    {
        List<string> found = [];
        foreach (var (kind, _, _) in Kinds)
        {
            found.AddRange((await NamesAsync(kind, cluster)).Select(name => $"{kind} {name}"));
        }

        return found;
    }

    /// <summary>Removes all objects with a cluster's name, whatever their state is.</summary>
    public static async Task RemoveAllAsync(string cluster)
    {
        foreach (var (kind, path, _) in Kinds)
        {
            foreach (var name in await NamesAsync(kind, cluster))
            {
                if (kind == "pod")
                {
                    // Removing a running pod would wait for seconds.
                    await Api.Value.PostAsync($"pods/{name}/kill?signal=KILL", TestContext.Current.CancellationToken);
                }

                await Api.Value.DeleteAsync($"{path}/{name}?force=true&timeout=0", TestContext.Current.CancellationToken);
            }
        }
    }
}
