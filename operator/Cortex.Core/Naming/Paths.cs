using Cortex.Core.Postgres;

namespace Cortex.Core.Naming;

/// <summary>Paths inside a container. One volume contains all of them.</summary>
public static class Paths
{
    /// <summary>The mount point of the instance's volume.</summary>
    public const string Volume = "/var/lib/cortex";

    /// <summary>The data directory. It is created by the rename of a complete one, so that it is complete whenever it exists.</summary>
    public const string Data = $"{Volume}/pgdata";

    /// <summary>Relative to the volume.</summary>
    public const string ControlFile = "pgdata/global/pg_control";

    /// <summary>
    /// Data that were replaced by a new copy, kept until the new copy streams; or the data of a former primary during a rewind. No server
    /// is started on them.
    /// </summary>
    public const string OldData = $"{Volume}/pgdata.old";

    /// <summary>An unfinished copy, or what is left of an interrupted one.</summary>
    public const string NewData = $"{Volume}/pgdata.new";

    /// <summary>Holds the name of the newest WAL file that the instance has given up to archive, if it has.</summary>
    public const string GivenUpWal = $"{Volume}/archive-gap";

    /// <summary>Where serve.sh notes the space of the volume. Not in the volume, because that may be full.</summary>
    public const string DiskSpace = "/dev/shm/cortex-disk";

    /// <summary>The mount point of the volume that is the repository of backups, where there is one.</summary>
    public const string Repository = "/var/lib/cortex-backup";

    /// <summary>The paths that PostgreSQL is configured with.</summary>
    public static readonly ServerPaths Server = new(Data, $"{Volume}/conf", $"{Volume}/tls", $"{Volume}/run");

    /// <summary>Where Podman mounts secrets in one-shot containers.</summary>
    public const string Secrets = "/run/secrets";
}
