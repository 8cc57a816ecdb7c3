using Cortex.Cli.Api;
using Cortex.Cli.LocalMachine;
using Cortex.Cli.Outcomes;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;

namespace Cortex.Cli.Access;

/// <summary>The Kubernetes cluster that a kubeconfig names. It does not use this machine's Podman.</summary>
internal sealed class KubernetesHost(ClusterApi api, IPrograms programs) : IInstanceHost
{
    public ICredentialSource Credentials => new KubernetesCredentials(api.Connection, Folder(api.Address));

    /// <summary>The API does not tell which images the nodes have.</summary>
    public Task<ImageFacts?> KnownImageAsync(CortexCluster cluster, CancellationToken ct) => Task.FromResult<ImageFacts?>(null);

    /// <summary>Examining an image needs a pod, and the commands that ask must not change anything.</summary>
    public Task<ImageSeen?> ExamineImageAsync(CortexCluster cluster, CancellationToken ct) => Task.FromResult<ImageSeen?>(null);

    public Task ExecInInstanceAsync(
        ClusterKey cluster, string instance, bool terminal, string variable, IReadOnlyList<string> command, CancellationToken ct)
    {
        string[] input = terminal ? ["-i", "-t"] : ["-i"];
        ExecKubectl(
            ["exec", "-n", cluster.Namespace, .. input, instance, "-c", Names.PostgresContainer, "--", "env", variable, .. command]);
        return Task.CompletedTask;
    }

    public Task ExecLogsAsync(ClusterKey cluster, string instance, string lines, bool follow, CancellationToken ct)
    {
        string[] option = follow ? ["--follow"] : [];
        ExecKubectl(["logs", "-n", cluster.Namespace, "--tail", lines, .. option, instance, "-c", Names.PostgresContainer]);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        // The API owns the connection.
    }

    private void ExecKubectl(IReadOnlyList<string> arguments)
    {
        var kubectl = programs.Find("kubectl")
            ?? throw new CommandException(
                "kubectl is not installed", "install it: this command reaches the pods of a Kubernetes cluster through kubectl");
        programs.Exec(kubectl, ["--kubeconfig", api.Kubeconfig, .. arguments]);
    }

    /// <summary>The folder of an API's files. Two APIs have different folders, even behind one proxy.</summary>
    private static string Folder(Uri api) =>
        string.Concat(
            $"{api.Authority}{api.AbsolutePath.TrimEnd('/')}".Select(at => char.IsAsciiLetterOrDigit(at) || at is '.' or '-' ? at : '_'));
}
