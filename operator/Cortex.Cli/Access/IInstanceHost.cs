using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;

namespace Cortex.Cli.Access;

/// <summary>
/// What runs the instances of the clusters of one API, as far as commands need it. Nothing is connected to before it is asked.
/// </summary>
internal interface IInstanceHost : IDisposable
{
    ICredentialSource Credentials { get; }

    /// <summary>What the image of a cluster says of itself, where that is known without a download; null otherwise.</summary>
    Task<ImageFacts?> KnownImageAsync(CortexCluster cluster, CancellationToken ct);

    /// <summary>What the image of a cluster says of itself; null where images cannot be looked into from here.</summary>
    Task<ImageSeen?> ExamineImageAsync(CortexCluster cluster, CancellationToken ct);

    /// <summary>Becomes the program that runs a command in the container of an instance.</summary>
    /// <param name="terminal">Whether the command gets a terminal.</param>
    /// <param name="variable">An environment variable for it, as <c>NAME=VALUE</c>.</param>
    Task BecomeInsideAsync(
        ClusterKey cluster, string instance, bool terminal, string variable, IReadOnlyList<string> command, CancellationToken ct);

    /// <summary>Becomes the program that shows the log of an instance.</summary>
    Task BecomeLogAsync(ClusterKey cluster, string instance, string lines, bool follow, CancellationToken ct);
}
