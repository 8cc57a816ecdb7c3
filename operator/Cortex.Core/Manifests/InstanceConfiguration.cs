using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;

namespace Cortex.Core.Manifests;

/// <summary>The files that an instance gets beside its data, and the hash that shows whether it has loaded them.</summary>
/// <param name="Settings">postgresql.conf.</param>
/// <param name="Hba">pg_hba.conf.</param>
/// <param name="Ident">pg_ident.conf.</param>
/// <param name="Repository">pgbackrest.conf; null for an instance that archives nothing.</param>
/// <param name="Revision">What <c>SHOW cortex.revision</c> answers once all of it is loaded.</param>
public sealed record InstanceConfiguration(string Settings, string Hba, string Ident, string? Repository, string Revision)
{
    private const string NoMaps =
        "# Written by Cortex Operator: every certificate's common name is its role, so there is nothing to map.\n";

    /// <param name="status">The decisions, which determine whether commits wait.</param>
    /// <param name="addresses">By instance, the known addresses in the cluster's network.</param>
    /// <param name="fingerprints">Of the certificates that are written beside it, so that a renewal counts as a change.</param>
    /// <param name="uid">Of the resource; part of the name of its folder in the repository.</param>
    /// <param name="atLeast">The limits that a standby needs to start, even where the spec says less; null: the limits of the spec.</param>
    public static InstanceConfiguration Render(
        ClusterKey cluster,
        ClusterSpec spec,
        ClusterStatus? status,
        string instance,
        ImageFacts image,
        IReadOnlyDictionary<string, string> addresses,
        IEnumerable<string> fingerprints,
        IReadOnlyDictionary<string, int>? atLeast = null,
        string? uid = null)
    {
        var settings = Merge(cluster, spec, status, instance, image, addresses);
        if (atLeast is not null)
        {
            settings = StandbyLimits.Raise(settings, spec.Postgres.Parameters, atLeast, image.Parameters.LimitDefaults);
        }

        var hba = HbaRules.Render(spec.Postgres.Hba);
        var repository = Archives(spec, image) ? RepositoryFile.Render(cluster, uid, spec) : null;
        var revision = SettingsFile.Revision(settings, [hba, NoMaps, .. repository is null ? [] : new[] { repository }, .. fingerprints]);
        return new InstanceConfiguration(SettingsFile.Render(settings, revision), hba, NoMaps, repository, revision);
    }

    /// <summary>The rows of its postgresql.conf.</summary>
    public static IReadOnlyList<Setting> Merge(
        ClusterKey cluster,
        ClusterSpec spec,
        ClusterStatus? status,
        string instance,
        ImageFacts image,
        IReadOnlyDictionary<string, string> addresses)
    {
        var majorVersion = image.MajorVersion;
        var members = Membership.Members(cluster.Name, spec, status?.Primary);
        var peers = members.Where(member => member != instance).Select(member => Member(member, addresses)).ToList();
        return SettingsFile.Merge(
            new ServerInput
            {
                Paths = Paths.Server,
                Instance = instance,
                MajorVersion = majorVersion,
                Port = InstancePod.Port,
                PrimaryConnInfo = peers.Count > 0
                    ? Following(peers, instance, majorVersion, spec)
                    : ConnInfo.Empty,
                PrimarySlotName = Names.Slot(instance),
                SynchronousStandbys = CommitWaits.Of(cluster.Name, spec, status, instance),
                ArchiveCommand = spec.Backup is { } backup && Archives(spec, image) ? Archiving.Command(backup) : null,
            },
            SlotSync.Completed(spec.Postgres.Parameters));
    }

    /// <summary>
    /// Whether instances archive their WAL. Without a program in the image that can, no segment would ever be archived or removed.
    /// </summary>
    public static bool Archives(ClusterSpec spec, ImageFacts image) =>
        spec.Backup is not null && image.BackupVersion is { } version && BackupProgram.Reaches(RepositoryAccess.Of(spec), version);

    /// <summary>The slots of a primary are read in an ordinary session, which needs a database.</summary>
    private static ConnInfo Following(IReadOnlyList<Member> peers, string instance, int majorVersion, ClusterSpec spec)
    {
        var source = ConnInfo.ForReplication(peers, InstancePod.Port, Paths.Server, instance, majorVersion);
        return SlotSync.IsAsked(spec.Postgres.Parameters) ? source.With("dbname", "postgres") : source;
    }

    /// <summary>How <paramref name="instance"/> takes its base backup from <paramref name="primary"/>.</summary>
    public static string CloneSource(string instance, string primary, IReadOnlyDictionary<string, string> addresses, int majorVersion) =>
        ConnInfo.ForClone(Member(primary, addresses), InstancePod.Port, Paths.Server, instance, majorVersion).ToString();

    private static Member Member(string instance, IReadOnlyDictionary<string, string> addresses) =>
        new(instance, addresses.GetValueOrDefault(instance));
}
