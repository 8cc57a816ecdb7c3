using System.Collections.Concurrent;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Secrets;

/// <summary>
/// The content of secrets, kept in memory by id: Podman before 4.7 gives them back only through a container, which is too slow for every pass.
/// </summary>
public sealed class SecretVault(IExecutionTarget target)
{
    /// <summary>What we stored ourselves and have not seen listed yet: its id is learned from the next listing.</summary>
    private const string JustStored = "";

    private readonly ConcurrentDictionary<(ClusterKey, string), (string Id, byte[] Content)> known = new();

    /// <summary>The content of every listed secret; what is not known in its present version is read back with <paramref name="image"/>.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>> ReadAsync(
        ClusterKey cluster, string image, IReadOnlyList<SecretSeen> listed, CancellationToken ct)
    {
        var present = listed.ToDictionary(one => one.Name, one => one.Id);
        foreach (var (key, held) in known.Where(one => one.Key.Item1 == cluster))
        {
            if (!present.TryGetValue(key.Item2, out var id))
            {
                known.TryRemove(key, out _);
            }
            else if (held.Id == JustStored)
            {
                known.TryUpdate(key, (id, held.Content), held);
            }
        }

        var unread = listed.Where(one => !known.TryGetValue((cluster, one.Name), out var held) || held.Id != one.Id).ToList();
        if (unread.Count > 0)
        {
            var contents = await target.ReadSecretsAsync(cluster, image, [.. unread.Select(one => one.Name)], ct);
            foreach (var one in unread.Where(one => contents.ContainsKey(one.Name)))
            {
                known[(cluster, one.Name)] = (one.Id, contents[one.Name]);
            }
        }

        return Held(cluster);
    }

    /// <summary>What is held right now.</summary>
    public IReadOnlyDictionary<string, byte[]> Held(ClusterKey cluster) =>
        known.Where(one => one.Key.Item1 == cluster).ToDictionary(one => one.Key.Item2, one => one.Value.Content);

    public async Task StoreAsync(ClusterKey cluster, string name, byte[] content, CancellationToken ct)
    {
        await target.StoreSecretAsync(cluster, name, content, ct);
        known[(cluster, name)] = (JustStored, content);
    }

    public void Forget(ClusterKey cluster)
    {
        foreach (var key in known.Keys.Where(key => key.Item1 == cluster))
        {
            known.TryRemove(key, out _);
        }
    }
}
