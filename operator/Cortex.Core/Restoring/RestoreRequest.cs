using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;

namespace Cortex.Core.Restoring;

/// <summary>What a spec asks to be restored. The spec is valid.</summary>
public sealed record RestoreRequest(FromBackupSpec From)
{
    private static readonly string[] TimeFormats =
    [
        .. Enumerable.Range(0, 7).Select(digits => $"yyyy-MM-dd'T'HH:mm:ss{(digits == 0 ? "" : $".{new string('f', digits)}")}zzz"),
    ];

    /// <summary>Null where the spec asks for an empty database.</summary>
    public static RestoreRequest? Of(ClusterSpec spec) => spec.Bootstrap?.FromBackup is { } from ? new(from) : null;

    /// <summary>Null where it is not a moment as the resource writes one.</summary>
    public static DateTimeOffset? ParseTime(string text) => DateTimeOffset.TryParseExact(
        text.EndsWith('Z') ? $"{text[..^1]}+00:00" : text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time.ToUniversalTime()
            : null;

    /// <summary>A moment as the resource writes it.</summary>
    public static string Text(DateTimeOffset time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>
    /// 16 hexadecimal digits that identify it: a job bears them, and a volume that was restored. Another target is another request.
    /// </summary>
    public string Mark
    {
        get
        {
            var target = From.Target;
            string?[] parts =
            [
                From.Cluster, From.Repository?.Directory?.Volume, From.Folder, target.Time, target.Lsn, target.RestorePoint, target.Backup,
                target.Exclusive ? "exclusive" : "",
                .. From is { Encryption: null, Repository.S3: null } or { Repository: null } ? Array.Empty<string?>()
                    : [From.Encryption?.PassphraseSecret, .. Fields(From.Repository.S3)],
                .. Fields(From.Repository?.Sftp),
            ];
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))))[..16];
        }
    }

    private static string?[] Fields(S3RepositorySpec? s3) => s3 is null ? []
        : [s3.Endpoint, s3.Bucket, s3.Region, s3.Path, s3.UriStyle.ToString(), s3.CredentialsSecret, s3.CaSecret];

    private static string?[] Fields(SftpRepositorySpec? sftp) => sftp is null ? []
        :
        [
            "sftp", sftp.Host, sftp.Port.ToString(CultureInfo.InvariantCulture), sftp.User, sftp.Path, sftp.HostKey, sftp.PrivateKeySecret,
        ];

    public DateTimeOffset? Time => From.Target.Time is { } text ? ParseTime(text) : null;

    public Lsn? Lsn => Postgres.Lsn.TryParse(From.Target.Lsn, out var lsn) ? lsn : null;

    /// <summary>The folder as an instance sees it; null where a cluster is named instead.</summary>
    public string? Folder => From.Folder is not { } folder ? null
        : folder.StartsWith('/') ? folder
        : $"{Paths.Repository}/{folder}";

    /// <summary>Up to where, for people.</summary>
    public string Words => From.Target switch
    {
        { Time: not null } target => $"{Text(Time ?? default)}{Edge(target)}",
        { Lsn: { } lsn } target => $"the WAL position {lsn}{Edge(target)}",
        { RestorePoint: { } point } => $"the restore point {QuotedText.Shorten(point)}",
        { Backup: { } label } => $"the end of the backup {label}",
        _ => "the end of the archive",
    };

    /// <summary>
    /// PostgreSQL's parameters that say where recovery ends
    /// (https://www.postgresql.org/docs/current/runtime-config-wal.html#RUNTIME-CONFIG-WAL-RECOVERY-TARGET).
    /// </summary>
    public IReadOnlyList<string> Settings
    {
        get
        {
            var target = From.Target;
            string[] end = Time is { } time
                ? [$"recovery_target_time={time.ToString("yyyy-MM-dd HH:mm:ss.ffffff+00", CultureInfo.InvariantCulture)}"]
                : Lsn is { } lsn ? [$"recovery_target_lsn={lsn}"]
                : target.RestorePoint is { } point ? [$"recovery_target_name={point}"]
                : target.Backup is not null ? ["recovery_target=immediate"]
                : [];
            // What a backup needs to be consistent is on its own timeline, which a promotion may have left since.
            var timeline = end is ["recovery_target=immediate"] ? "current" : "latest";
            return
            [
                .. end,
                $"recovery_target_timeline={timeline}",
                $"recovery_target_inclusive={(target.Exclusive ? "off" : "on")}",
                "recovery_target_action=promote",
            ];
        }
    }

    private static string Edge(RestoreTargetSpec target) => target.Exclusive ? ", exclusive" : "";
}
