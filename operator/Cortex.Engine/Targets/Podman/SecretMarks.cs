using System.Text.Json;
using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// Whose a secret is. Podman keeps labels on secrets from 4.4 on; before, it keeps what the options of the driver <c>file</c> are, among
/// which it looks for <c>path</c> alone, so our labels stand there. With another driver, and in what versions of cortex before this one
/// stored, there is no mark.
/// </summary>
internal sealed class SecretMarks(LibpodClient podman)
{
    private const string FileDriver = "file";

    /// <summary>
    /// Podman's own options for our secrets, where the mark has to be among them; null as long as that is not known, and empty where labels
    /// are kept.
    /// </summary>
    private IReadOnlyDictionary<string, string>? options;

    /// <summary>Null when there is no mark of ours.</summary>
    public static ClusterKey? Owner(SecretRow row) => Labels.Owner(row.Spec.Labels) ?? Labels.Owner(row.Spec.Driver?.Options);

    /// <summary>Whether a mark could be put on it.</summary>
    public static bool CanHave(SecretRow row) => row.Spec.Labels is not null || row.Spec.Driver?.Name == FileDriver;

    /// <summary>Creates a secret that bears the cluster's mark, where Podman can keep one.</summary>
    public async Task<LibpodReply> CreateAsync(ClusterKey cluster, string name, ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        // Another may learn it while this one is made.
        var known = options;
        var reply = await PostAsync(cluster, name, content, known, ct);
        if (!reply.Succeeded || known is not null)
        {
            return reply;
        }

        // The first of this process shows how Podman keeps marks. In the list, where they are looked for: 4.3 tells of labels only when it
        // is asked for one secret.
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

    /// <summary>All secrets of this Podman, with the marks that they have.</summary>
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

        // Sent as a form, Podman 4.3 takes the body for parameters and finds the secret empty.
        return podman.PostAsync($"secrets/create?{query}", content, "application/octet-stream", TimeSpan.FromSeconds(30), ct);
    }

    private static string Json(IReadOnlyDictionary<string, string> map) =>
        Uri.EscapeDataString(JsonSerializer.Serialize(map, LibpodJson.Default.IReadOnlyDictionaryStringString));
}
