using System.Text.Json;
using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// The mark of a secret's owner. Podman keeps labels on secrets from 4.4 on. Before, it keeps the options of the driver <c>file</c>, of
/// which it reads only <c>path</c>, so the labels are stored there. With another driver, and on secrets of earlier versions of cortex,
/// there is no mark.
/// </summary>
internal sealed class SecretMarks(LibpodClient podman)
{
    private const string FileDriver = "file";

    private static readonly TimeSpan StoreTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Podman's own options for new secrets, if the mark has to be among them; empty if Podman keeps labels; null as long as that is not
    /// known.
    /// </summary>
    private IReadOnlyDictionary<string, string>? options;

    /// <summary>Null when the secret has no mark of the operator.</summary>
    public static ClusterKey? Owner(SecretRow row) => Labels.Owner(row.Spec.Labels) ?? Labels.Owner(row.Spec.Driver?.Options);

    /// <summary>Whether Podman can keep a mark on the secret.</summary>
    public static bool CanHave(SecretRow row) => row.Spec.Labels is not null || row.Spec.Driver?.Name == FileDriver;

    /// <summary>Creates a secret with the mark of the cluster, if Podman can keep one.</summary>
    public async Task<LibpodReply> CreateAsync(ClusterKey cluster, string name, ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        // Another call may set the field during this one.
        var known = options;
        var reply = await PostAsync(cluster, name, content, known, ct);
        if (!reply.Succeeded || known is not null)
        {
            return reply;
        }

        // The first secret of this process shows how Podman keeps marks. The list is read because the marks are read from it: Podman 4.3
        // shows labels only for a single secret.
        if ((await RowsAsync(ct)).FirstOrDefault(row => row.Spec.Name == name) is not { } made)
        {
            return reply;
        }

        var kept = Owner(made) is not null || made.Spec.Driver is not { Name: FileDriver, Options: { } };
        options = kept ? new Dictionary<string, string>() : made.Spec.Driver!.Options;
        if (kept)
        {
            return reply;
        }

        (await podman.DeleteAsync($"secrets/{name}", ct)).OrThrow($"mark secret {name}");
        return await PostAsync(cluster, name, content, options, ct);
    }

    /// <summary>All secrets of this Podman, with their marks.</summary>
    public async Task<IReadOnlyList<SecretRow>> RowsAsync(CancellationToken ct) =>
        (await podman.ListAsync("secrets/json", ct)).OrThrow("list secrets").Read(LibpodJson.Default.ListSecretRow);

    private Task<LibpodReply> PostAsync(
        ClusterKey cluster, string name, ReadOnlyMemory<byte> content, IReadOnlyDictionary<string, string>? known, CancellationToken ct)
    {
        var labels = Labels.Of(cluster);
        var query = $"name={name}&labels={Json(labels)}";
        if (known is { Count: > 0 } own)
        {
            query += $"&driveropts={Json(new Dictionary<string, string>([.. own, .. labels]))}";
        }

        // With the media type of a form, Podman 4.3 would read the body as parameters and find the secret empty.
        return podman.PostAsync($"secrets/create?{query}", content, "application/octet-stream", StoreTimeout, ct);
    }

    private static string Json(IReadOnlyDictionary<string, string> map) =>
        Uri.EscapeDataString(JsonSerializer.Serialize(map, LibpodJson.Default.IReadOnlyDictionaryStringString));
}
