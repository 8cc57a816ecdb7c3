using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>The shell programs of the containers that work on a repository; each says at its top what it takes.</summary>
public static class BackupScripts
{
    /// <summary>Makes a cluster's folder in the repository.</summary>
    public static string Prepare { get; } = EmbeddedScript.Read("prepare-repository");

    /// <summary>Says what a folder of a repository holds.</summary>
    public static string Read { get; } = EmbeddedScript.Read("read-repository");

    /// <summary>Makes a backup, then removes what the retention does not keep.</summary>
    public static string Make { get; } = EmbeddedScript.Read("backup");
}
