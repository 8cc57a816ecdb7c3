using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;

namespace Cortex.Cli.Access;

/// <summary>
/// Where the instances of an API's clusters run: the operations that commands need. A connection is opened only when an operation needs it.
/// </summary>
internal interface IInstanceHost : IDisposable
{
    ICredentialSource Credentials { get; }

    /// <summary>The facts of a cluster's image, if they are known without a download; null otherwise.</summary>
    Task<ImageFacts?> KnownImageAsync(CortexCluster cluster, CancellationToken ct);

    /// <summary>The facts of a cluster's image; null if images cannot be examined from this machine.</summary>
    Task<ImageSeen?> ExamineImageAsync(CortexCluster cluster, CancellationToken ct);

    /// <summary>Replaces this process by a program that runs a command in the container of an instance.</summary>
    /// <param name="terminal">Whether the command gets a terminal.</param>
    /// <param name="variable">An environment variable for the command, as <c>NAME=VALUE</c>.</param>
    Task ExecInInstanceAsync(
        ClusterKey cluster, string instance, bool terminal, string variable, IReadOnlyList<string> command, CancellationToken ct);

    /// <summary>Replaces this process by a program that shows the log of an instance.</summary>
    Task ExecLogsAsync(ClusterKey cluster, string instance, string lines, bool follow, CancellationToken ct);
}
