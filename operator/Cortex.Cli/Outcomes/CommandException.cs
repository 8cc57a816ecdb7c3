namespace Cortex.Cli.Outcomes;

/// <summary>A command cannot do its task.</summary>
/// <param name="what">One line: what is wrong.</param>
/// <param name="next">One line: what to do next.</param>
public sealed class CommandException(string what, string next, Exception? cause = null) : Exception(what, cause)
{
    public string Next { get; } = next;
}
