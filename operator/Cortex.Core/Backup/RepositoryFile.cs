using System.Globalization;
using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>
/// pgbackrest.conf: where the backups of an instance's cluster are, and how many are kept. It lies beside postgresql.conf, so that nothing
/// about the repository is in an environment variable or a command line.
/// </summary>
/// <remarks>https://pgbackrest.org/configuration.html</remarks>
public static partial class RepositoryFile
{
    /// <summary>pgBackRest's name for a set of backups and WAL. Each cluster has its own path, so one name is enough.</summary>
    public const string Stanza = "cortex";

    /// <summary>More are not of interest, and a status is not large.</summary>
    private const int MostEarlierFolders = 5;

    /// <summary>The path as an instance sees it.</summary>
    public static string Path { get; } = $"{Paths.Server.Configuration}/pgbackrest.conf";

    /// <summary>The beginning of each of pgBackRest's commands.</summary>
    public static string Program { get; } = $"pgbackrest --config={Path} --stanza={Stanza}";

    /// <summary>
    /// The folder of one life of a cluster. A cluster that is deleted and created again under its name has another UID, and so has a clone:
    /// two clusters never write to the same folder.
    /// </summary>
    public static string Folder(ClusterKey cluster, string? uid) =>
        $"{Paths.Repository}/{cluster.Namespace}/{cluster.Name}/{uid ?? "unknown"}";

    /// <summary>What prepare-repository.sh says of the folders of clusters that had the same name before.</summary>
    public static IReadOnlyList<string> EarlierFolders(ClusterKey cluster, string output) =>
    [
        .. Earlier().Matches(output).Take(MostEarlierFolders)
            .Select(found => $"{cluster.Namespace}/{cluster.Name}/{found.Groups["uid"].Value}"),
    ];

    /// <summary>The file's text; null where the spec asks for no backups.</summary>
    public static string? Render(ClusterKey cluster, string? uid, ClusterSpec spec) => spec.Backup is not { } backup ? null : string.Concat(
    [
        "# Written by Cortex Operator from spec.backup. Edits here are overwritten.\n",
        "[global]\n",
        RepositoryAccess.Of(spec).Lines(Folder(cluster, uid), Paths.Server.Configuration),
        string.Create(CultureInfo.InvariantCulture, $"repo1-retention-full={backup.Retention.Full}\n"),
        "# Small files are kept together: a new database has a thousand of them.\n",
        "repo1-bundle=y\n",
        "compress-type=zst\n",
        "# A backup begins with a checkpoint of its own, not with the next one.\n",
        "start-fast=y\n",
        "# The root file system is read-only, and the container's log is the only log.\n",
        $"lock-path={Paths.Server.Sockets}\n",
        "log-level-file=off\n",
        "log-level-console=warn\n",
        "\n",
        $"[{Stanza}]\n",
        $"pg1-path={Paths.Server.Data}\n",
        $"pg1-socket-path={Paths.Server.Sockets}\n",
        $"pg1-user={Roles.Superuser}\n",
    ]);

    /// <summary>The text for a container that reads the folder of another cluster; it writes nothing to it.</summary>
    public static string RenderSource(string folder, RepositoryAccess access) => string.Concat(
    [
        "[global]\n",
        access.Lines(folder, "/tmp"),
        "lock-path=/tmp\n",
        "log-level-file=off\n",
        "log-level-console=warn\n",
        "\n",
        $"[{Stanza}]\n",
        $"pg1-path={Paths.NewData}\n",
    ]);

    [GeneratedRegex("^earlier: (?<uid>[0-9a-zA-Z-]{1,64})$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Earlier();
}
