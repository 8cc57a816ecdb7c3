namespace Cortex.Core.Naming;

/// <summary>What users ask of a cluster once, beside its spec.</summary>
public static class Annotations
{
    /// <summary>Asks for a restore test of the newest backup. Each new value asks for another one.</summary>
    public const string VerifyBackup = "cortex.bicameral.dev/verify-backup";
}
