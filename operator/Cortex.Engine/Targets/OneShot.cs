using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Engine.Targets;

/// <summary>A container that does one task, usually on the volume of an instance, and ends.</summary>
public sealed record OneShot
{
    private static readonly TimeSpan UsualTimeout = TimeSpan.FromMinutes(10);

    public required ClusterKey Cluster { get; init; }

    /// <summary>The container's name, one of those that Names.IsOneShot knows.</summary>
    public required string Name { get; init; }

    public required string Image { get; init; }

    /// <summary>
    /// A program for <c>sh -c</c>; it is started as <c>sh -c SCRIPT NAME ARGUMENTS</c>. Neither it nor its arguments may contain a secret.
    /// </summary>
    public required string Script { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The user and group that it runs as; null for those of the image.</summary>
    public (int Uid, int Gid)? User { get; init; }

    /// <summary>The instance whose volume is mounted at Paths.Volume; null for none.</summary>
    public string? Instance { get; init; }

    /// <summary>The volume that is mounted at Paths.Repository; null for none.</summary>
    public string? Repository { get; init; }

    /// <summary>That volume must exist, and nothing is written to it.</summary>
    public bool OnlyReadsRepository { get; init; }

    /// <summary>In bytes; of more output the end is kept.</summary>
    public int OutputLimit { get; init; } = OneShotResult.OutputLimit;

    /// <summary>
    /// Secrets by name and the file name under Paths.Secrets that each gets, mode 0400, owned by <see cref="User"/>, by root where that is
    /// null.
    /// </summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether it is on the network of the cluster; otherwise it has no network.</summary>
    public bool OnNetwork { get; init; }

    /// <summary>Whether it is on the network that the target has for every container; the cluster may have none yet.</summary>
    public bool OnCommonNetwork { get; init; }

    /// <summary>After this time it is killed and counts as failed.</summary>
    public TimeSpan Timeout { get; init; } = UsualTimeout;
}

/// <summary>How a one-shot ended.</summary>
/// <param name="ExitCode">
/// The exit code of the script; <see cref="Killed"/> when it was killed after its timeout, or by another program.
/// </param>
/// <param name="Output">Standard output and error, at most the last <see cref="OutputLimit"/> bytes.</param>
public sealed record OneShotResult(int ExitCode, string Output)
{
    /// <summary>The exit code of a process that a signal has ended is this and the number of the signal, of which there are 64.</summary>
    private const int Signals = 128;

    /// <summary>By SIGKILL.</summary>
    public const int Killed = Signals + 9;

    public const int OutputLimit = 64 * 1024;

    public bool IsEndedBySignal => ExitCode is > Signals and <= Signals + 64;

    /// <summary>This result, if the script succeeded.</summary>
    /// <param name="what">What was done, for the error.</param>
    /// <exception cref="TargetException">It failed.</exception>
    public OneShotResult OrThrow(string what) => ExitCode == 0
        ? this
        : throw new TargetException(string.Create(CultureInfo.InvariantCulture, $"{what} ended with exit code {ExitCode}: {LastLines}"));

    /// <summary>The end of the output, on one line.</summary>
    public string LastLines =>
        string.Join(
            " / ",
            Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(3)
                .Select(QuotedText.Shorten));
}
