using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Engine.Memory;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Secrets;

/// <summary>
/// The content of secrets, kept in memory by id: Podman before 4.7 returns content only through a container, which is too slow for every
/// pass.
/// </summary>
public sealed class SecretVault(ISecretStore store, ClusterMemory memory)
{
    /// <summary>The id of a secret that was just stored: the next listing tells its real id.</summary>
    private const string JustStored = "";

    private readonly Notes<(string Id, byte[] Content)> known = memory.Part<(string, byte[])>();

    /// <summary>
    /// The content of every listed secret. Content that is not known in its present version is read through <paramref name="image"/>.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, byte[]>> ReadAsync(
        ClusterKey cluster, string image, IReadOnlyList<SecretSeen> listed, CancellationToken ct)
    {
        var present = listed.ToDictionary(secretSeen => secretSeen.Name, secretSeen => secretSeen.Id);
        foreach (var (name, held) in known.Of(cluster))
        {
            if (!present.TryGetValue(name, out var id))
            {
                known.Remove(cluster, name);
            }
            else if (held.Id == JustStored)
            {
                known.Replace(cluster, name, held, (id, held.Content));
            }
        }

        var unread = listed.Where(secretSeen => !known.TryGet(cluster, secretSeen.Name, out var held) || held.Id != secretSeen.Id).ToList();
        if (unread.Count > 0)
        {
            var contents = await store.ReadSecretsAsync(cluster, image, [.. unread.Select(secretSeen => secretSeen.Name)], ct);
            foreach (var secret in unread.Where(secretSeen => contents.ContainsKey(secretSeen.Name)))
            {
                known.Set(cluster, secret.Name, (secret.Id, contents[secret.Name]));
            }
        }

        return Held(cluster);
    }

    /// <summary>The versions of secrets of the user that exist, by name. Their content is not read.</summary>
    public Task<IReadOnlyDictionary<string, string>> VersionsAsync(ClusterKey cluster, IReadOnlyList<string> names, CancellationToken ct) =>
        names.Count == 0
            ? Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>())
            : store.VersionsAsync(cluster, names, ct);

    /// <summary>The content that is in memory now.</summary>
    public IReadOnlyDictionary<string, byte[]> Held(ClusterKey cluster) =>
        known.Of(cluster).ToDictionary(pair => pair.Key, pair => pair.Value.Content);

    public async Task StoreAsync(ClusterKey cluster, string name, byte[] content, CancellationToken ct)
    {
        await store.StoreSecretAsync(cluster, name, content, ct);
        known.Set(cluster, name, (JustStored, content));
    }
}
