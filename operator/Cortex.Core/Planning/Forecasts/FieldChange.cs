using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.Core.Planning.Policies.Objects;
using Cortex.Core.Postgres;
using k8s;

namespace Cortex.Core.Planning.Forecasts;

/// <summary>One field of the spec that an edit changes.</summary>
/// <param name="Path"><c>spec.postgres.parameters.work_mem</c>.</param>
/// <param name="Before">Null: it did not exist.</param>
/// <param name="After">Null: it is removed.</param>
/// <param name="Effect">The effect of the change of this field alone, in a few words.</param>
public sealed record FieldChange(string Path, string? Before, string? After, string Effect)
{
    private const string Parameters = "spec.postgres.parameters.";
    private const string VolumeSize = "spec.storage.size";

    private const string NewPods = "new pods";
    private const string Reload = "reload";
    private const string WhenDue = "at the next certificate renewal";
    private const string Sql = "SQL on the primary";
    private const string Nothing = "no action";
    private const string FromNowOn = "applies from now on";
    private const string OnceMade = "on Kubernetes, a volume that is made from now on";
    private const string OnceOnly = "only a cluster without data is restored";

    /// <summary>The text is shown on a terminal and is never part of HTML.</summary>
    private static readonly JsonSerializerOptions ForPeople = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>By the field of the resource; a map and a list count as one field.</summary>
    private static readonly Dictionary<string, string> Effects = new()
    {
        ["spec.image"] = NewPods,
        ["spec.instances"] = "instances",
        ["spec.promote"] = "promotion",
        ["spec.promoteAllowDataLoss"] = Nothing,
        ["spec.primaryUpdate"] = Nothing,
        ["spec.deletionPolicy"] = Nothing,
        ["spec.replication.mode"] = Reload,
        ["spec.replication.durability"] = Reload,
        ["spec.postgres.parameters"] = Reload,
        ["spec.postgres.hba"] = Reload,
        ["spec.tls.caLifetime"] = WhenDue,
        ["spec.tls.certificateLifetime"] = WhenDue,
        ["spec.tls.renewBefore"] = WhenDue,
        ["spec.database.name"] = Sql,
        ["spec.database.owner"] = Sql,
        [VolumeSize] = "on Kubernetes, volumes grow",
        ["spec.storage.className"] = "volumes made from now on",
        ["spec.podman.bindAddress"] = NewPods,
        ["spec.podman.basePort"] = NewPods,
        ["spec.kubernetes.allowFrom"] = "network policy",
        ["spec.kubernetes.spread"] = "pods made from now on",
        ["spec.kubernetes.lostInstances"] = Nothing,
        ["spec.backup.maximumBacklog"] = Reload,
        ["spec.backup.encryption.passphraseSecret"] = Reload,
        ["spec.backup.repository.directory.volume"] = NewPods,
        ["spec.backup.repository.directory.size"] = OnceMade,
        ["spec.backup.repository.directory.className"] = OnceMade,
        ["spec.backup.repository.directory.accessMode"] = OnceMade,
        ["spec.backup.repository.s3.endpoint"] = Reload,
        ["spec.backup.repository.s3.bucket"] = Reload,
        ["spec.backup.repository.s3.region"] = Reload,
        ["spec.backup.repository.s3.path"] = Reload,
        ["spec.backup.repository.s3.uriStyle"] = Reload,
        ["spec.backup.repository.s3.credentialsSecret"] = Reload,
        ["spec.backup.repository.s3.caSecret"] = Reload,
        ["spec.backup.standbysFrom"] = "standbys made from now on",
        ["spec.backup.repository.sftp.host"] = Reload,
        ["spec.backup.repository.sftp.port"] = Reload,
        ["spec.backup.repository.sftp.user"] = Reload,
        ["spec.backup.repository.sftp.path"] = Reload,
        ["spec.backup.repository.sftp.hostKey"] = Reload,
        ["spec.backup.repository.sftp.privateKeySecret"] = Reload,
        ["spec.backup.retention.full"] = Reload,
        ["spec.backup.schedule.full"] = FromNowOn,
        ["spec.backup.schedule.differential"] = FromNowOn,
        ["spec.backup.schedule.incremental"] = FromNowOn,
        ["spec.backup.schedule.timeZone"] = FromNowOn,
        ["spec.backup.verify.schedule"] = FromNowOn,
        ["spec.backup.verify.timeZone"] = FromNowOn,
        ["spec.bootstrap.fromBackup.cluster"] = OnceOnly,
        ["spec.bootstrap.fromBackup.repository.directory.volume"] = OnceOnly,
        ["spec.bootstrap.fromBackup.repository.directory.size"] = Nothing,
        ["spec.bootstrap.fromBackup.repository.directory.className"] = Nothing,
        ["spec.bootstrap.fromBackup.repository.directory.accessMode"] = Nothing,
        ["spec.bootstrap.fromBackup.repository.s3.endpoint"] = OnceOnly,
        ["spec.bootstrap.fromBackup.repository.s3.bucket"] = OnceOnly,
        ["spec.bootstrap.fromBackup.repository.s3.region"] = OnceOnly,
        ["spec.bootstrap.fromBackup.repository.s3.path"] = OnceOnly,
        ["spec.bootstrap.fromBackup.repository.s3.uriStyle"] = OnceOnly,
        ["spec.bootstrap.fromBackup.repository.s3.credentialsSecret"] = OnceOnly,
        ["spec.bootstrap.fromBackup.repository.s3.caSecret"] = OnceOnly,
        ["spec.bootstrap.fromBackup.repository.sftp.host"] = OnceOnly,
        ["spec.bootstrap.fromBackup.repository.sftp.port"] = OnceOnly,
        ["spec.bootstrap.fromBackup.repository.sftp.user"] = OnceOnly,
        ["spec.bootstrap.fromBackup.repository.sftp.path"] = OnceOnly,
        ["spec.bootstrap.fromBackup.repository.sftp.hostKey"] = OnceOnly,
        ["spec.bootstrap.fromBackup.repository.sftp.privateKeySecret"] = OnceOnly,
        ["spec.bootstrap.fromBackup.encryption.passphraseSecret"] = OnceOnly,
        ["spec.bootstrap.fromBackup.folder"] = OnceOnly,
        ["spec.bootstrap.fromBackup.target.time"] = OnceOnly,
        ["spec.bootstrap.fromBackup.target.lsn"] = OnceOnly,
        ["spec.bootstrap.fromBackup.target.restorePoint"] = OnceOnly,
        ["spec.bootstrap.fromBackup.target.backup"] = OnceOnly,
        ["spec.bootstrap.fromBackup.target.exclusive"] = OnceOnly,
        ["spec.resources.requests"] = NewPods,
        ["spec.resources.limits"] = NewPods,
    };

    /// <summary>The fields whose effect is known: all fields of the resource.</summary>
    public static IReadOnlyCollection<string> KnownFields => Effects.Keys;

    public bool IsOfParameter => Path.StartsWith(Parameters, StringComparison.Ordinal);

    /// <summary>The fields in which two specs differ, with their defaults filled in, in the order of their paths.</summary>
    /// <param name="server">What the running server says about its parameters.</param>
    public static IReadOnlyList<FieldChange> Between(ClusterSpec before, ClusterSpec after, ServerParameters server)
    {
        var (old, next) = (Fields(before), Fields(after));
        return
        [
            .. old.Keys.Union(next.Keys).Order(StringComparer.Ordinal)
                .Select(path => (Path: path, Before: old.GetValueOrDefault(path), After: next.GetValueOrDefault(path)))
                .Where(entry => entry.Before != entry.After)
                .Select(entry =>
                    new FieldChange(entry.Path, entry.Before, entry.After, EffectOf(entry.Path, entry.Before, entry.After, server))),
        ];
    }

    private static string EffectOf(string path, string? before, string? after, ServerParameters server) =>
        path == VolumeSize && VolumeChecks.Shrinks(before, after) ? "only new volumes; none shrinks"
        : path.StartsWith(Parameters, StringComparison.Ordinal) && server.NeedRestart(path[Parameters.Length..]) ? "restart"
        : Effects.First(row => path == row.Key || path.StartsWith($"{row.Key}.", StringComparison.Ordinal)).Value;

    private static Dictionary<string, string> Fields(ClusterSpec spec)
    {
        Dictionary<string, string> fields = [];
        Collect("spec", JsonNode.Parse(KubernetesJson.Serialize(spec)), fields);
        return fields;
    }

    private static void Collect(string path, JsonNode? node, Dictionary<string, string> fields)
    {
        if (node is JsonObject below)
        {
            foreach (var (name, value) in below)
            {
                Collect($"{path}.{name}", value, fields);
            }
        }
        else if (node is JsonArray { Count: > 0 } or JsonValue && Text(node) is { Length: > 0 } text)
        {
            fields[path] = text;
        }
    }

    private static string Text(JsonNode node) => node is JsonValue && node.GetValueKind() == JsonValueKind.String
        ? node.GetValue<string>()
        : node.ToJsonString(ForPeople);
}
