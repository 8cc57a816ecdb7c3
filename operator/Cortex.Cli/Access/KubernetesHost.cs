using Cortex.Cli.Api;
using Cortex.Cli.LocalMachine;
using Cortex.Cli.Outcomes;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;

namespace Cortex.Cli.Access;

/// <summary>The Kubernetes cluster that a kubeconfig names. This machine's Podman has nothing to do with its clusters.</summary>
internal sealed class KubernetesHost(ClusterApi api, IPrograms programs) : IInstanceHost
{
    public ICredentialSource Credentials => new KubernetesCredentials(api.Connection, Folder(api.Address));

    /// <summary>Which images its machines have is not told.</summary>
    public Task<ImageFacts?> KnownImageAsync(CortexCluster cluster, CancellationToken ct) => Task.FromResult<ImageFacts?>(null);

    /// <summary>To look into an image takes a pod, and the commands that ask change nothing.</summary>
    public Task<ImageSeen?> ExamineImageAsync(CortexCluster cluster, CancellationToken ct) => Task.FromResult<ImageSeen?>(null);

    public Task BecomeInsideAsync(
        ClusterKey cluster, string instance, bool terminal, string variable, IReadOnlyList<string> command, CancellationToken ct)
    {
        string[] input = terminal ? ["-i", "-t"] : ["-i"];
        BecomeKubectl(
            ["exec", "-n", cluster.Namespace, .. input, instance, "-c", Names.PostgresContainer, "--", "env", variable, .. command]);
        return Task.CompletedTask;
    }

    public Task BecomeLogAsync(ClusterKey cluster, string instance, string lines, bool follow, CancellationToken ct)
    {
        string[] going = follow ? ["--follow"] : [];
        BecomeKubectl(["logs", "-n", cluster.Namespace, "--tail", lines, .. going, instance, "-c", Names.PostgresContainer]);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        // The connection is the API's.
    }

    private void BecomeKubectl(IReadOnlyList<string> arguments)
    {
        var kubectl = programs.Find("kubectl")
            ?? throw new CommandException("kubectl is not installed", "install it: the pods of a Kubernetes cluster are reached through it");
        programs.Become(kubectl, ["--kubeconfig", api.Kubeconfig, .. arguments]);
    }

    /// <summary>Two APIs have different folders, also behind one proxy.</summary>
    private static string Folder(Uri api) =>
        string.Concat($"{api.Authority}{api.AbsolutePath.TrimEnd('/')}".Select(at => char.IsAsciiLetterOrDigit(at) || at is '.' or '-' ? at : '_'));
}
