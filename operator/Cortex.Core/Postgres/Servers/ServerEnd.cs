namespace Cortex.Core.Postgres;

/// <summary>An end of a server that it was not told to make, as its log has it.</summary>
/// <param name="At">When.</param>
/// <param name="How">As in "was killed by signal 9".</param>
/// <param name="Behind">Where in the log the rest begins.</param>
public sealed record ServerEnd(DateTimeOffset At, string How, int Behind = 0)
{
    public bool IsBySignal => How.StartsWith("was killed by signal ", StringComparison.Ordinal);

    /// <summary>By SIGKILL.</summary>
    public bool IsKill => How == "was killed by signal 9";
}
