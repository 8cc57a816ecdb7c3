namespace Cortex.Core.Postgres;

/// <summary>Process 1 of an instance's container, which looks after PostgreSQL.</summary>
public static class ServerProcess
{
    /// <summary>How the container ends that was stopped between the death of its server and the next start.</summary>
    public const int WasDead = 69;

    /// <summary>A program for <c>sh -c</c>; it starts as <c>sh -c SCRIPT NAME ARGUMENTS</c>.</summary>
    public static string Script { get; } = EmbeddedScript.Read("serve");
}
