using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// Containers that do one task and are removed. Their output is read from an attached stream and never logged: Podman writes none of it to
/// a disk. Network, volumes and secrets are those that <c>podman run</c> would give them.
/// </summary>
internal sealed class PodmanOneShots(LibpodClient podman, TimeProvider clock)
{
    private const int OwnerReads = 256; // 0400

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(10);

    public async Task<OneShotResult> RunAsync(OneShot task, CancellationToken ct)
    {
        var output = new JoinedStreams(task.OutputLimit);
        var code = await RunAsync(task, (stream, bytes) => output.Add(stream, bytes.Span), ct);
        return new OneShotResult(code, output.End());
    }

    /// <summary>
    /// Runs it and passes on its output in the order in which it was written. The container is removed afterwards in any case.
    /// </summary>
    public async Task<int> RunAsync(OneShot task, Action<byte, ReadOnlyMemory<byte>> frame, CancellationToken ct)
    {
        // The id, not the name, is used from here on: a run that replaces this one uses the same name.
        var id = await CreateAsync(task, Describe(task), ct);
        try
        {
            await using var output = await podman.OpenAsync(
                HttpMethod.Post, $"containers/{id}/attach?stream=true&stdout=true&stderr=true", ct);
            (await podman.PostAsync($"containers/{id}/start", ct)).OrThrow($"start the one-shot {task.Name}");
            return await AwaitEndAsync(task, id, output, frame, ct);
        }
        finally
        {
            // Not cancelled, or the container would continue to work on the volume.
            await RemoveAsync(id, CancellationToken.None);
        }
    }

    /// <summary>Removes the containers of interrupted runs.</summary>
    public async Task RemoveLeftoversAsync(IEnumerable<string> names, CancellationToken ct)
    {
        foreach (var name in names)
        {
            await RemoveAsync(name, ct);
        }
    }

    /// <summary>Makes the container; an existing container of the same name is ended and removed before.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> CreateAsync(OneShot task, NewContainer body, CancellationToken ct)
    {
        await DemandRepositoryAsync(task, ct);
        var reply = await podman.PostAsync("containers/create", body, LibpodJson.Default.NewContainer, ct);
        if (reply.AlreadyThere)
        {
            await DemandOursAsync(task.Cluster, task.Name, ct);
            await RemoveAsync(task.Name, ct);
            reply = await podman.PostAsync("containers/create", body, LibpodJson.Default.NewContainer, ct);
        }

        return reply.OrThrow($"create the one-shot {task.Name} from {task.Image}").Read(LibpodJson.Default.Created).Id;
    }

    /// <summary>Podman would create the volume that it is to mount.</summary>
    private async Task DemandRepositoryAsync(OneShot task, CancellationToken ct)
    {
        if (task is { OnlyReadsRepository: true, Repository: { } volume })
        {
            var found = await podman.GetAsync($"volumes/{volume}/json", ct);
            if (found.Missing)
            {
                throw new TargetException($"there is no volume {volume}");
            }

            found.OrThrow($"look at volume {volume}");
        }
    }

    private async Task<int> AwaitEndAsync(
        OneShot task, string id, Stream output, Action<byte, ReadOnlyMemory<byte>> frame, CancellationToken ct)
    {
        using var timed = new CancellationTokenSource(task.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timed.Token);
        var began = clock.GetTimestamp();
        try
        {
            await Attachment.ReadAsync(output, frame, either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return OneShotResult.Killed;
        }
        catch (IOException e)
        {
            throw new TargetException($"the output of {task.Name} broke off: {e.Message}", "look at Podman's log", e);
        }

        var left = task.Timeout - clock.GetElapsedTime(began);
        return await ExitCodeAsync(task.Name, id, left, ct);
    }

    /// <summary>Waits for the end of the container: its output may end a moment before, or long before if the script closes it.</summary>
    private async Task<int> ExitCodeAsync(string name, string id, TimeSpan limit, CancellationToken ct)
    {
        var code = OneShotResult.Killed;
        await Until.HoldsAsync(HasEndedAsync, limit, PollInterval, clock, ct);
        return code;

        async Task<bool> HasEndedAsync()
        {
            var detail = (await podman.GetAsync(
                $"containers/{id}/json", ct)).OrThrow($"look at the one-shot {name}").Read(LibpodJson.Default.ContainerDetail);
            var ended = detail.State.Status is "exited" or "stopped";
            code = ended ? detail.State.ExitCode : code;
            return ended;
        }
    }

    /// <summary>
    /// Removes a container, running or not, with its volumes that have no name. The documentation calls that parameter <c>v</c>; Podman
    /// 4.3.1 ignores it, and reads <c>volumes</c>.
    /// </summary>
    public async Task RemoveAsync(string name, CancellationToken ct)
    {
        var reply = await podman.DeleteAsync($"containers/{name}?force=true&timeout=0&v=true&volumes=true", ct);
        if (!reply.Missing)
        {
            reply.OrThrow($"remove the one-shot {name}");
        }
    }

    /// <exception cref="ForeignObjectException">The container of that name does not belong to the cluster.</exception>
    public async Task DemandOursAsync(ClusterKey cluster, string name, CancellationToken ct)
    {
        var reply = await podman.GetAsync($"containers/{name}/json", ct);
        if (reply.Missing)
        {
            return;
        }

        var labels = reply.OrThrow($"look at {name}").Read(LibpodJson.Default.ContainerDetail).Config.Labels;
        Ownership.Demand(cluster, labels, "container", name);
    }

    public static NewContainer Describe(OneShot task) => new()
    {
        Name = task.Name,
        Image = task.Image,
        Command = ["-c", task.Script, task.Name, .. task.Arguments],
        User = task.User is { } user ? $"{user.Uid}:{user.Gid}" : null,
        Labels = Labels.Of(task.Cluster),
        Secrets =
        [
            .. task.Secrets.Select(
                secret => new MountedSecret(secret.Key, secret.Value, task.User?.Uid ?? 0, task.User?.Gid ?? 0, OwnerReads)),
        ],
        Volumes =
        [
            .. task.Instance is { } instance ? [new MountedVolume(Names.Volume(instance), Paths.Volume)] : Array.Empty<MountedVolume>(),
            .. task.Repository is { } repository
                ? [new MountedVolume(repository, Paths.Repository, task.OnlyReadsRepository ? ["ro"] : null)]
                : Array.Empty<MountedVolume>(),
        ],
        NetworkMode = new NetworkMode(task.OnNetwork || task.OnCommonNetwork ? "bridge" : "none"),
        Networks = task.OnNetwork ? new Dictionary<string, NoOptions> { [Names.Network(task.Cluster.Name)] = new() } : null,
    };
}
