namespace Cortex.Cli.Outcomes;

/// <summary>What a script can tell from how a command ended.</summary>
public static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;

    /// <summary>The command line is wrong; nothing was done.</summary>
    public const int BadUsage = 2;

    /// <summary><c>status</c>: the cluster is there, and not as it should be.</summary>
    public const int NotReady = 3;

    /// <summary><c>plan</c>: applying the file would change something.</summary>
    public const int Changes = 4;

    /// <summary>Ctrl-C, as shells count it.</summary>
    public const int Interrupted = 130;
}
