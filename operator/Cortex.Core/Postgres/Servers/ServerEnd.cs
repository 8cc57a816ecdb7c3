namespace Cortex.Core.Postgres;

/// <summary>An unexpected end of a server, as its log reports it.</summary>
/// <param name="At">When.</param>
/// <param name="How">For example "was killed by signal 9".</param>
/// <param name="Behind">Where in the log the text after it begins.</param>
public sealed record ServerEnd(DateTimeOffset At, string How, int Behind = 0)
{
    public bool IsBySignal => How.StartsWith("was killed by signal ", StringComparison.Ordinal);

    /// <summary>By SIGKILL.</summary>
    public bool IsKill => How == "was killed by signal 9";
}
