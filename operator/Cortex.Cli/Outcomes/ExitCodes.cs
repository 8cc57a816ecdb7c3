namespace Cortex.Cli.Outcomes;

/// <summary>The exit codes of commands, for scripts.</summary>
public static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;

    /// <summary>The command line is wrong; nothing was done.</summary>
    public const int BadUsage = 2;

    /// <summary><c>status</c>: the cluster exists, but is not Ready.</summary>
    public const int NotReady = 3;

    /// <summary><c>plan</c>: applying the file would change something.</summary>
    public const int Changes = 4;

    /// <summary>Ctrl-C; the code that shells use for it.</summary>
    public const int Interrupted = 130;
}
