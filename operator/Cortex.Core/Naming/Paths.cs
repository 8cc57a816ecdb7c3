using Cortex.Core.Postgres;

namespace Cortex.Core.Naming;

/// <summary>Where things lie inside a container. One volume carries all of it.</summary>
public static class Paths
{
    /// <summary>The mount point of the instance's volume.</summary>
    public const string Volume = "/var/lib/cortex";

    /// <summary>The data directory. It comes into being by a rename of a whole one, so that it is whole whenever it exists.</summary>
    public const string Data = $"{Volume}/pgdata";

    /// <summary>Relative to the volume.</summary>
    public const string ControlFile = "pgdata/global/pg_control";

    /// <summary>Data that were replaced by a new copy, kept until that one streams; or those of a former primary while they are rewound. Nothing starts them.</summary>
    public const string OldData = $"{Volume}/pgdata.old";

    /// <summary>A copy on its way; what is left of one that was cut off.</summary>
    public const string NewData = $"{Volume}/pgdata.new";

    /// <summary>The mount point of the volume that is the repository of backups, where there is one.</summary>
    public const string Repository = "/var/lib/cortex-backup";

    /// <summary>What PostgreSQL is told of the rest.</summary>
    public static readonly ServerPaths Server = new(Data, $"{Volume}/conf", $"{Volume}/tls", $"{Volume}/run");

    /// <summary>Where Podman mounts secrets in one-shot containers.</summary>
    public const string Secrets = "/run/secrets";
}
