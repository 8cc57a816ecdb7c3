using Cortex.Cli.LocalMachine;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Observe;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Cli.Access;

/// <summary>This machine's Podman, which runs the instances of the embedded API's clusters.</summary>
internal sealed class PodmanHost(Func<PodmanOptions> options, TimeProvider clock, IPrograms programs) : IInstanceHost
{
    private PodmanTarget? target;

    /// <exception cref="TargetException">The environment does not say where Podman may be.</exception>
    public ICredentialSource Credentials
    {
        get
        {
            var podman = Target();
            return new PodmanCredentials(podman, podman, podman);
        }
    }

    public async Task<ImageFacts?> KnownImageAsync(CortexCluster cluster, CancellationToken ct)
    {
        try
        {
            return await Target().HoldsImageAsync(cluster.Spec.Image, ct) ? (await ExamineImageAsync(cluster, ct))?.Facts : null;
        }
        catch (TargetException)
        {
            return null;
        }
    }

    public async Task<ImageSeen?> ExamineImageAsync(CortexCluster cluster, CancellationToken ct)
    {
        var podman = Target();
        return await new ImageExaminer(podman, podman, clock).SeeAsync(cluster.Key(), cluster.Spec.Image, ct);
    }

    public Task ExecInInstanceAsync(
        ClusterKey cluster, string instance, bool terminal, string variable, IReadOnlyList<string> command, CancellationToken ct)
    {
        string[] input = terminal ? ["-i", "-t"] : ["-i"];
        return PodmanProgram.ExecAsync(programs, options(), ["exec", .. input, "-e", variable, Names.Container(instance), .. command], ct);
    }

    public Task ExecLogsAsync(ClusterKey cluster, string instance, string lines, bool follow, CancellationToken ct)
    {
        string[] option = follow ? ["--follow"] : [];
        return PodmanProgram.ExecAsync(programs, options(), ["logs", "--tail", lines, .. option, Names.Container(instance)], ct);
    }

    public void Dispose() => target?.Dispose();

    private PodmanTarget Target() => target ??= new PodmanTarget(options(), clock);
}
