using System.Globalization;
using System.Text;
using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Postgres;
using Cortex.Core.Restoring;

namespace Cortex.Core.Planning;

/// <summary>
/// How large the parts of a spec may be, for a resource that did not pass the schema: it was stored before the limits existed, or was sent
/// to the webhook by another client than an API server. A test compares the numbers with those of the schema.
/// </summary>
public static class SpecLimits
{
    public const int LongestImage = 512;
    public const int LongestName = 63;
    public const int MostParameters = 400;
    public const int LongestParameter = 4096;
    public const int MostHbaLines = 1000;
    public const int LongestHbaLine = 2000;
    public const int MostSources = 100;
    public const int MostLabels = 32;

    /// <summary>A prefix of 253 characters, a slash, and a name of 63.</summary>
    public const int LongestLabelName = 317;

    public const int LongestClassName = BackupRules.LongestClassName;
    public const int LongestDuration = 32;
    public const int LongestAddress = 64;
    public const int LongestVolumeName = BackupRules.LongestVolume;
    public const int MostLost = 16;
    public const int MostQuantities = 2;

    /// <summary>
    /// For a limit and for a request. With all settings at their minimum PostgreSQL ends within 8Mi and serves within 10Mi; with its
    /// defaults it takes 24Mi.
    /// </summary>
    public const string LeastMemory = "10Mi";

    /// <summary>Kubernetes counts in thousandths.</summary>
    public const string LeastCpuRequest = "1m";

    /// <summary>Linux accepts no quota below 1 ms of 100 ms (https://docs.kernel.org/scheduler/sched-bwc.html).</summary>
    public const string LeastCpuLimit = "10m";

    /// <summary>
    /// Bytes of a configuration file. It is passed as one argument of a program, which Linux limits to 128 KiB
    /// (https://man7.org/linux/man-pages/man2/execve.2.html).
    /// </summary>
    public const int LargestFile = 96 * 1024;

    /// <summary>The parts that are too large; empty where none is.</summary>
    public static IReadOnlyList<FieldRefusal> Exceeded(ClusterSpec spec)
    {
        var postgres = spec.Postgres;
        List<FieldRefusal> found =
        [
            .. TooMany(ParameterRules.FieldPath, postgres.Parameters.Count, MostParameters),
            .. TooMany(HbaRules.FieldPath, postgres.Hba.Count, MostHbaLines),
            .. TooMany("spec.kubernetes.allowFrom", spec.Kubernetes.AllowFrom.Count, MostSources),
            .. spec.Kubernetes.AllowFrom.Take(MostSources).SelectMany((source, at) =>
                TooMany($"spec.kubernetes.allowFrom[{at}].podLabels", source.PodLabels.Count, MostLabels)),
            .. TooMany("spec.kubernetes.lostInstances", spec.Kubernetes.LostInstances.Count, MostLost),
            .. TooMany("spec.resources.requests", spec.Resources?.Requests.Count ?? 0, MostQuantities),
            .. TooMany("spec.resources.limits", spec.Resources?.Limits.Count ?? 0, MostQuantities),
        ];
        return found.Count > 0 ? found :
        [
            .. TooLong(spec),
            .. TooLarge(ParameterRules.FieldPath, postgres.Parameters.Select(pair => $"{pair.Key} = '{pair.Value}'")),
            .. TooLarge(HbaRules.FieldPath, postgres.Hba),
        ];
    }

    private static IEnumerable<FieldRefusal> TooMany(string path, int count, int most) =>
        count > most
            ? [new(path, string.Create(CultureInfo.InvariantCulture, $"{count} entries are more than the {most} that are allowed"))]
            : [];

    private static IEnumerable<FieldRefusal> TooLong(ClusterSpec spec) =>
        Texts(spec).Where(entry => entry.Text?.Length > entry.Longest)
            .Select(entry => new FieldRefusal(entry.Path, TooLong(entry.Text!.Length, entry.Longest)));

    private static string TooLong(int length, int longest) =>
        string.Create(CultureInfo.InvariantCulture, $"{length} characters are more than the {longest} that are allowed");

    private static IEnumerable<(string Path, string? Text, int Longest)> Texts(ClusterSpec spec)
    {
        IEnumerable<(string, string?, int)> single =
        [
            ("spec.image", spec.Image, LongestImage),
            ("spec.promote", spec.Promote, LongestName),
            ("spec.database.name", spec.Database.Name, LongestName),
            ("spec.database.owner", spec.Database.Owner, LongestName),
            ("spec.podman.bindAddress", spec.Podman.BindAddress, LongestAddress),
            ("spec.storage.size", spec.Storage.Size, Quantity.Longest),
            ("spec.storage.className", spec.Storage.ClassName, LongestClassName),
            ("spec.backup.maximumBacklog", spec.Backup?.MaximumBacklog, Quantity.Longest),
            ("spec.backup.repository.directory.volume", spec.Backup?.Repository.Directory?.Volume, LongestVolumeName),
            ("spec.backup.repository.directory.size", spec.Backup?.Repository.Directory?.Size, Quantity.Longest),
            ("spec.backup.repository.directory.className", spec.Backup?.Repository.Directory?.ClassName, LongestClassName),
            .. EncryptionRules.Texts(spec),
            .. S3Rules.Texts(spec),
            .. SftpRules.Texts(spec),
            .. ScheduleRules.Texts(spec.Backup?.Schedule),
            .. ScheduleRules.Texts(spec.Backup?.Verify),
            .. RestoreRules.Texts(spec.Bootstrap?.FromBackup),
            ("spec.tls.caLifetime", spec.Tls.CaLifetime, LongestDuration),
            ("spec.tls.certificateLifetime", spec.Tls.CertificateLifetime, LongestDuration),
            ("spec.tls.renewBefore", spec.Tls.RenewBefore, LongestDuration),
        ];
        return single
            .Concat(spec.Postgres.Parameters.SelectMany(pair => Texts(pair)))
            .Concat(spec.Postgres.Hba.Select((line, at) => ($"{HbaRules.FieldPath}[{at}]", (string?)line, LongestHbaLine)))
            .Concat(spec.Kubernetes.LostInstances.Select(instance => ("spec.kubernetes.lostInstances", (string?)instance, LongestName)))
            .Concat(spec.Kubernetes.AllowFrom.SelectMany((source, at) => Texts($"spec.kubernetes.allowFrom[{at}]", source)));
    }

    private static IEnumerable<(string Path, string? Text, int Longest)> Texts(KeyValuePair<string, string> parameter) =>
    [
        // extension.name
        (ParameterRules.FieldPath, parameter.Key, (2 * LongestName) + 1),
        ($"{ParameterRules.FieldPath}.{parameter.Key}", parameter.Value, LongestParameter),
    ];

    private static IEnumerable<(string Path, string? Text, int Longest)> Texts(string path, ClientSource source) =>
    [
        ($"{path}.namespace", source.Namespace, LongestName),
        ($"{path}.cidr", source.Cidr, LongestAddress),
        .. source.PodLabels.Keys.Select(name => ($"{path}.podLabels", (string?)name, LongestLabelName)),
        .. source.PodLabels.Values.Select(value => ($"{path}.podLabels", (string?)value, LongestName)),
    ];

    private static IEnumerable<FieldRefusal> TooLarge(string path, IEnumerable<string> lines) =>
        lines.Sum(line => Encoding.UTF8.GetByteCount(line) + 1) is > LargestFile and var size
            ? [new(path, string.Create(CultureInfo.InvariantCulture, $"{size} bytes are more than the {LargestFile} of the file"))]
            : [];
}
