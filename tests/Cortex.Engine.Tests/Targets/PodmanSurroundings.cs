using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Engine.Act;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Podman;
using k8s.Models;

namespace Cortex.Engine.Tests.Targets;

/// <summary>Conditions outside of the operator: ports in use, containers that die, a service that ends.</summary>
public sealed class PodmanSurroundings : PodmanTier
{
    [Fact]
    public async Task A_port_in_use_is_named_with_its_remedy_and_the_pod_starts_once_it_is_free()
    {
        await Target.EnsureNetworkAsync(Cluster, Ct);
        await Target.EnsureVolumeAsync(Cluster, Primary, OwnVolume, Ct);
        using var squatter = Squatter();
        var pod = Pod(Server);
        var port = ((IPEndPoint)squatter.LocalEndpoint).Port;
        pod.Spec.Containers[0].Ports = [new V1ContainerPort { ContainerPort = 5432, HostPort = port, HostIP = "127.0.0.1" }];

        for (var attempt = 0; attempt < 2; attempt++)
        {
            var refusal = await Assert.ThrowsAsync<TargetException>(() => Target.StartPodAsync(Cluster, pod, Ct));
            Assert.Contains($":{port}", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("spec.podman.basePort", refusal.Message, StringComparison.Ordinal);
        }

        squatter.Stop();
        await Target.StartPodAsync(Cluster, pod, Ct);
        Assert.Equal(PodState.Running, (await Target.ListAsync(Cluster, Ct)).Pod(Primary)!.State);
    }

    /// <summary>The second target is a new process, which has listed nothing before.</summary>
    [Fact]
    public async Task A_client_finds_the_present_secrets_and_the_port_of_a_pod_that_is_not_published_where_the_spec_says()
    {
        string[] names = [Names.CaSecret(Cluster.Name), Names.ApplicationSecret(Cluster.Name)];
        using var client = new PodmanTarget(PodmanOptions.FromEnvironment());
        await Target.EnsureNetworkAsync(Cluster, Ct);
        await Target.EnsureVolumeAsync(Cluster, Primary, OwnVolume, Ct);
        await Task.WhenAll(names.Select(name => Target.StoreSecretAsync(Cluster, name, "before"u8.ToArray(), Ct)));
        using var squatter = Squatter();
        var port = ((IPEndPoint)squatter.LocalEndpoint).Port;
        var pod = Pod(Server);
        pod.Spec.Containers[0].Ports = [new V1ContainerPort { ContainerPort = 5432, HostPort = port, HostIP = "127.0.0.1" }];
        squatter.Stop();
        await Target.StartPodAsync(Cluster, pod, Ct);

        var before = await client.LookForClientAsync(Cluster, Ct);
        Assert.Equal(Ordered((await Target.ListAsync(Cluster, Ct)).Secrets), Ordered(before));
        Assert.Equal(new InstanceAddress("127.0.0.1", port), client.AddressOf(Cluster, new ClusterSpec(), Primary));

        await Target.StoreSecretAsync(Cluster, names[0], "after"u8.ToArray(), Ct);
        var after = await client.LookForClientAsync(Cluster, Ct);
        Assert.NotEqual(before.Single(secret => secret.Name == names[0]).Id, after.Single(secret => secret.Name == names[0]).Id);
        Assert.Equal(before.Single(secret => secret.Name == names[1]), after.Single(secret => secret.Name == names[1]));

        await Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct);
        await Target.DeletePodAsync(Cluster, Primary, Ct);
        await client.LookForClientAsync(Cluster, Ct);
        Assert.Equal(5432, client.AddressOf(Cluster, new ClusterSpec(), Primary).Port);
    }

    private static List<SecretSeen> Ordered(IReadOnlyList<SecretSeen> secrets) =>
        [.. secrets.OrderBy(secret => secret.Name, StringComparer.Ordinal)];

    /// <summary>
    /// Not on a port that the kernel gives to connections: a connection of another test could take it when it is free again.
    /// </summary>
    private static TcpListener Squatter()
    {
        while (true)
        {
            var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(20_000, 30_000));
            try
            {
                listener.Start();
                return listener;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                listener.Dispose();
            }
        }
    }

    [Fact]
    public async Task The_death_of_a_container_is_reported_and_changes_of_the_operator_are_not()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(Eventually.HangTimeout);
        await using var reported = Target.WatchAsync(limit.Token).GetAsyncEnumerator(limit.Token);
        var next = reported.MoveNextAsync().AsTask();
        await StartAsync(Server);
        if (Environment.IsPrivilegedProcess)
        {
            // Rootless Podman 4.3 may end a pod a moment after its stop, with what was started meanwhile. The operator did not do that.
            await Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct);
            await Target.StartPodAsync(Cluster, Pod(Server), Ct);
        }

        await Target.RunOneShotAsync(Work("true"), Ct);
        var pid = (await InspectAsync(Names.Container(Primary))).GetProperty("State").GetProperty("Pid").GetInt32();
        await Target.RunOneShotAsync(Work("true"), Ct);
        Assert.False(next.IsCompleted && reported.Current == Cluster, "changes of the operator were reported");

        await Machine.SignalAsync("KILL", pid);

        while (await next && reported.Current != Cluster)
        {
            next = reported.MoveNextAsync().AsTask();
        }

        Assert.Equal(Cluster, reported.Current);
    }

    [Fact]
    public async Task The_operators_own_service_is_shared_and_started_again_after_its_death()
    {
        var options = new PodmanOptions { StateDirectory = Directory.CreateTempSubdirectory("cortex-").FullName };
        using var service = new PodmanService(options);
        using var neighbour = new PodmanService(options);
        try
        {
            await service.StartOwnAsync(Ct);
            var first = OwnProcess(service, options);
            await neighbour.StartOwnAsync(Ct);
            Assert.NotNull(first);
            Assert.Equal(first, OwnProcess(neighbour, options));

            using var client = new LibpodClient(service.Socket, service.ConnectAsync);
            Assert.True((await client.GetAsync("info", Ct)).Succeeded);
            EndProcess(first.Value);

            Assert.True((await client.GetAsync("info", Ct)).Succeeded);
            Assert.NotEqual(first, OwnProcess(service, options));
        }
        finally
        {
            if (OwnProcess(service, options) is { } last)
            {
                EndProcess(last);
            }

            Directory.Delete(options.StateDirectory, recursive: true);
        }
    }

    /// <summary>The service outlives the checkout that started it.</summary>
    [Fact]
    public async Task The_operators_own_service_needs_no_file_outside_its_folder()
    {
        var options = new PodmanOptions { StateDirectory = Directory.CreateTempSubdirectory("cortex-").FullName };
        using var service = new PodmanService(options);
        await service.StartOwnAsync(Ct);
        try
        {
            var environment = await File.ReadAllTextAsync($"/proc/{Assert.NotNull(OwnProcess(service, options))}/environ", Ct);
            Assert.All(
                environment.Split('\0').Where(part => part.StartsWith("CONTAINERS_CONF=", StringComparison.Ordinal)),
                name => Assert.StartsWith($"CONTAINERS_CONF={options.StateDirectory}/", name, StringComparison.Ordinal));
        }
        finally
        {
            if (OwnProcess(service, options) is { } last)
            {
                EndProcess(last);
            }

            await service.RemoveFilesAsync(Ct);
        }
    }

    [Fact]
    public async Task Nothing_is_left_of_the_operators_own_service_after_its_end()
    {
        var options = new PodmanOptions { StateDirectory = Directory.CreateTempSubdirectory("cortex-").FullName };
        using var service = new PodmanService(options);
        await service.StartOwnAsync(Ct);
        try
        {
            await service.RemoveFilesAsync(Ct);
            Assert.Contains(Assert.NotNull(OwnProcess(service, options)), service.OwnProcesses());
        }
        finally
        {
            if (OwnProcess(service, options) is { } running)
            {
                EndProcess(running);
            }
        }

        await service.RemoveFilesAsync(Ct);
        Assert.False(Directory.Exists(options.StateDirectory));
    }

    [Fact]
    public void An_instance_is_reached_at_its_published_port()
    {
        var spec = new ClusterSpec { Podman = new PodmanSpec { BindAddress = "0.0.0.0", BasePort = 7000 } };

        Assert.Equal(new InstanceAddress("127.0.0.1", 7000), Target.AddressOf(Cluster, spec, Primary));
        Assert.Equal(
            new InstanceAddress("10.1.2.3", 7002),
            Target.AddressOf(
                Cluster, spec with { Podman = spec.Podman with { BindAddress = "10.1.2.3" } }, Names.Instance(Cluster.Name, 2)));
    }

    /// <summary>The process that the service was started as; null when it does not run.</summary>
    private static int? OwnProcess(PodmanService service, PodmanOptions options) =>
        Path.Combine(options.StateDirectory, "podman.pid") is var file && File.Exists(file)
            && int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture) is var pid && service.OwnProcesses().Contains(pid)
            ? pid : null;

    private static void EndProcess(int id)
    {
        using var process = Process.GetProcessById(id);
        process.Kill();
        process.WaitForExit();
    }
}
