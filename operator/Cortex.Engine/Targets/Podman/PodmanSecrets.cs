using System.Globalization;
using System.Text;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// Podman's secrets. Those of the operator have a mark (<see cref="SecretMarks"/>). A secret without a mark, under a name of the cluster,
/// belongs to the cluster only if a pod or the network of the cluster exists: then an earlier version of cortex stored it without a mark,
/// or the user has replaced the secret. The next read gives it the mark.
/// <para>
/// Podman cannot replace a secret, only remove and create it. To lose nothing if the operator is killed in between (such as the key of an
/// authority), the new content is first stored as a spare, <c>NAME.next</c>. A spare without its secret counts as the secret, and the next
/// read restores the secret from it. A spare beside its secret is not trusted: the next store overwrites it.
/// </para>
/// </summary>
internal sealed class PodmanSecrets(LibpodClient podman, PodmanOneShots oneShots)
{
    private const string Spare = ".next";

    /// <summary>
    /// The limit for all secrets of a cluster together; Podman accepts secrets up to 512 KB, those of the operator have a few.
    /// </summary>
    private const int MostBytes = 4 * 1024 * 1024;

    /// <summary>
    /// Prints a line with name and size for each file, then its bytes, so that no content can be mistaken for such a line.
    /// </summary>
    private const string Script =
        $"""cd {Paths.Secrets} && for f in "$@"; do printf '%s %s\n' "$f" "$(wc -c <"$f" | tr -d ' ')" && cat "$f" || exit 1; done""";

    /// <summary>For a container that prints a few small files.</summary>
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(30);

    private readonly SecretMarks marks = new(podman);

    /// <summary>All secrets with a name of the cluster; a spare is listed for its secret if that is missing.</summary>
    public async Task<IReadOnlyList<NamedSecret>> ListAsync(ClusterKey cluster, CancellationToken ct)
    {
        var rows = (await marks.RowsAsync(ct)).ToDictionary(row => row.Spec.Name);
        return [.. Names.Secrets(cluster.Name, Membership.MostInstancesOfAnyVersion)
            .Select(name => (name, row: rows.GetValueOrDefault(name) ?? rows.GetValueOrDefault(name + Spare)))
            .Where(secret => secret.row is not null)
            .Select(secret => new NamedSecret(secret.name, secret.row!))];
    }

    /// <summary>
    /// Of secrets without a mark. Podman gives a secret that is made again another id, or keeps the id and changes the time.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, string>> VersionsAsync(IReadOnlyList<string> names, CancellationToken ct) =>
        (await marks.RowsAsync(ct)).Where(row => names.Contains(row.Spec.Name) && SecretMarks.Owner(row) is null)
            .ToDictionary(row => row.Spec.Name, row => $"{row.Id} {row.UpdatedAt}");

    /// <exception cref="ForeignObjectException">A secret of that name exists and has the mark of another cluster.</exception>
    public async Task StoreAsync(ClusterKey cluster, string name, ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        if (await marks.CreateAsync(cluster, name, content, ct) is { AlreadyThere: false } made)
        {
            made.OrThrow($"store secret {name}");
        }
        else
        {
            await DemandNotAnothersAsync(cluster, name, ct);
            await RemoveAsync(name + Spare, ct);
            (await marks.CreateAsync(cluster, name + Spare, content, ct)).OrThrow($"store secret {name}{Spare}");
            await RemoveAsync(name, ct);
            (await marks.CreateAsync(cluster, name, content, ct)).OrThrow($"store secret {name}");
        }

        await RemoveAsync(name + Spare, ct);
    }

    /// <exception cref="ForeignObjectException">The secret has the mark of another cluster.</exception>
    public async Task DeleteAsync(ClusterKey cluster, string name, CancellationToken ct)
    {
        await DemandNotAnothersAsync(cluster, name, ct);
        // The spare first: without its secret, it would count as the secret.
        await RemoveAsync(name + Spare, ct);
        await RemoveAsync(name, ct);
    }

    /// <summary>
    /// Reads through a container that mounts the secrets and writes them to its attached output stream: not to a log, a file or an
    /// argument. Before 4.7, Podman has no other way, and this one works on all versions.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, byte[]>> ReadAsync(
        ClusterKey cluster, string image, IReadOnlyList<string> names, CancellationToken ct)
    {
        var rows = await marks.RowsAsync(ct);
        var present = rows.Select(row => row.Spec.Name).ToHashSet();
        var sources = names.Distinct().Where(name => present.Contains(name) || present.Contains(name + Spare))
            .ToDictionary(name => present.Contains(name) ? name : name + Spare, name => name);
        if (sources.Count == 0)
        {
            return new Dictionary<string, byte[]>();
        }

        var contents = await ReadFilesAsync(cluster, image, sources, ct);
        var unmarked = rows.Where(row => SecretMarks.Owner(row) is null && SecretMarks.CanHave(row))
            .Select(row => row.Spec.Name).ToHashSet();
        foreach (var (source, name) in sources.Where(pair => pair.Key != pair.Value || unmarked.Contains(pair.Key)))
        {
            await StoreAsync(cluster, name, contents[name], ct);
        }

        return contents;
    }

    private async Task<Dictionary<string, byte[]>> ReadFilesAsync(
        ClusterKey cluster, string image, Dictionary<string, string> sources, CancellationToken ct)
    {
        var reader = new OneShot
        {
            Cluster = cluster,
            Name = Names.Reader(cluster.Name),
            Image = image,
            Script = Script,
            Arguments = [.. sources.Values],
            User = (0, 0),
            Secrets = sources,
            Timeout = ReadTimeout,
        };
        using var output = new MemoryStream();
        var errors = new Tail(1024);
        var code = await oneShots.RunAsync(reader, (stream, bytes) => Keep(stream, bytes.Span, output, errors), ct);
        return code == 0
            ? Split(output.GetBuffer().AsSpan(0, (int)output.Length), sources.Count)
            : throw new TargetException(
                $"reading the secrets of {cluster} back through {image} ended with {code}: {errors}", "the image must have sh, wc and cat");
    }

    private static void Keep(byte stream, ReadOnlySpan<byte> bytes, MemoryStream output, Tail errors)
    {
        if (stream == Attachment.StandardOutput)
        {
            output.Write(
                output.Length + bytes.Length <= MostBytes
                    ? bytes
                    : throw new TargetException(
                        $"the secrets came back as more than {MostBytes} bytes", "is this the image that spec.image means?"));
        }
        else
        {
            errors.Add(bytes);
        }
    }

    private static Dictionary<string, byte[]> Split(ReadOnlySpan<byte> rest, int count)
    {
        var contents = new Dictionary<string, byte[]>();
        while (contents.Count < count)
        {
            var end = rest.IndexOf((byte)'\n');
            var head = end < 0 ? [] : Encoding.UTF8.GetString(rest[..end]).Split(' ');
            if (head.Length != 2
                || !int.TryParse(head[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                || size > rest.Length - end - 1)
            {
                throw new TargetException($"the secrets came back incomplete ({contents.Count} of {count})", "try again");
            }

            contents[head[0]] = rest.Slice(end + 1, size).ToArray();
            rest = rest[(end + 1 + size)..];
        }

        return contents;
    }

    private async Task DemandNotAnothersAsync(ClusterKey cluster, string name, CancellationToken ct)
    {
        foreach (var row in (await marks.RowsAsync(ct)).Where(row => row.Spec.Name == name || row.Spec.Name == name + Spare))
        {
            if (SecretMarks.Owner(row) is { } owner && owner != cluster)
            {
                throw new ForeignObjectException(new ForeignObject("secret", row.Spec.Name, $"the cluster {owner}"));
            }
        }
    }

    private async Task RemoveAsync(string name, CancellationToken ct)
    {
        var reply = await podman.DeleteAsync($"secrets/{name}", ct);
        if (!reply.Missing)
        {
            reply.OrThrow($"remove secret {name}");
        }
    }
}

/// <summary>A secret with a name of the cluster, of any owner.</summary>
internal sealed record NamedSecret(string Name, SecretRow Row)
{
    public SecretSeen Seen => new(Name, Row.Id);

    /// <summary>The owner of the secret; null where that is the cluster.</summary>
    /// <param name="established">Whether other objects of the cluster exist.</param>
    public ForeignObject? Foreign(ClusterKey cluster, bool established) => SecretMarks.Owner(Row) switch
    {
        { } owner when owner != cluster => new ForeignObject("secret", Row.Spec.Name, $"the cluster {owner}"),
        null when !established => new ForeignObject("secret", Row.Spec.Name, "an owner other than cortex"),
        _ => null,
    };
}
