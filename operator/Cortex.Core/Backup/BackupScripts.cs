using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>The shell programs of the containers that work on a repository. Each lists its arguments at its top.</summary>
public static class BackupScripts
{
    /// <summary>Makes a cluster's folder in the repository.</summary>
    public static string Prepare { get; } = EmbeddedScript.Read("prepare-repository");

    /// <summary>Reports what a folder of a repository contains.</summary>
    public static string Read { get; } = ProvisioningScripts.FillSecrets + EmbeddedScript.Read("read-repository");

    /// <summary>Makes a backup, then removes what the retention no longer keeps.</summary>
    public static string Make { get; } = EmbeddedScript.Read("backup");

    /// <summary>Restores a backup, recovers it to the end of the archive and checks it.</summary>
    public static string Verify { get; } =
        ProvisioningScripts.FillSecrets + ProvisioningScripts.ArchivedFile + EmbeddedScript.Read("verify");
}
