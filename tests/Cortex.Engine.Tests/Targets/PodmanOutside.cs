using System.Diagnostics;
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

/// <summary>What comes from outside: ports in use, containers that die, a service that goes away.</summary>
public sealed class PodmanOutside : PodmanTier
{
    [Fact]
    public async Task A_port_in_use_is_named_with_its_remedy_and_the_pod_starts_once_it_is_free()
    {
        await Target.EnsureNetworkAsync(Cluster, Ct);
        await Target.EnsureVolumeAsync(Cluster, Primary, Own, Ct);
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

    /// <summary>On none of the ports that the kernel gives to connections: another test's could have it once it is free.</summary>
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
    public async Task A_death_that_is_not_our_doing_is_told_and_our_own_doings_are_not()
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        enough.CancelAfter(TimeSpan.FromMinutes(1));
        await using var told = Target.WatchAsync(enough.Token).GetAsyncEnumerator(enough.Token);
        var next = told.MoveNextAsync().AsTask();
        await StartAsync(Server);
        await Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct);
        await Target.StartPodAsync(Cluster, Pod(Server), Ct);
        await Target.RunOneShotAsync(Work("true"), Ct);
        var pid = (await InspectAsync(Names.Container(Primary))).GetProperty("State").GetProperty("Pid").GetInt32();
        await Target.RunOneShotAsync(Work("true"), Ct);
        Assert.False(next.IsCompleted && told.Current == Cluster, "our own doings were told");

        await Machine.SignalAsync("KILL", pid);

        while (await next && told.Current != Cluster)
        {
            next = told.MoveNextAsync().AsTask();
        }

        Assert.Equal(Cluster, told.Current);
    }

    [Fact]
    public async Task A_service_of_our_own_is_shared_and_comes_back_after_its_death()
    {
        var options = new PodmanOptions { StateDirectory = Directory.CreateTempSubdirectory("cortex-").FullName };
        using var service = new PodmanService(options);
        using var neighbour = new PodmanService(options);
        try
        {
            await service.StartOwnAsync(Ct);
            var first = service.OwnProcess();
            await neighbour.StartOwnAsync(Ct);
            Assert.NotNull(first);
            Assert.Equal(first, neighbour.OwnProcess());

            using var client = new LibpodClient(service.Socket, service.ConnectAsync);
            Assert.True((await client.GetAsync("info", Ct)).Succeeded);
            EndProcess(first.Value);

            Assert.True((await client.GetAsync("info", Ct)).Succeeded);
            Assert.NotEqual(first, service.OwnProcess());
        }
        finally
        {
            if (service.OwnProcess() is { } last)
            {
                EndProcess(last);
            }

            Directory.Delete(options.StateDirectory, recursive: true);
        }
    }

    /// <summary>It outlives the checkout that started it.</summary>
    [Fact]
    public async Task A_service_of_our_own_rests_on_no_file_but_its_own()
    {
        var options = new PodmanOptions { StateDirectory = Directory.CreateTempSubdirectory("cortex-").FullName };
        using var service = new PodmanService(options);
        await service.StartOwnAsync(Ct);
        try
        {
            var environment = await File.ReadAllTextAsync($"/proc/{Assert.NotNull(service.OwnProcess())}/environ", Ct);
            Assert.All(
                environment.Split('\0').Where(one => one.StartsWith("CONTAINERS_CONF=", StringComparison.Ordinal)),
                one => Assert.StartsWith($"CONTAINERS_CONF={options.StateDirectory}/", one, StringComparison.Ordinal));
        }
        finally
        {
            if (service.OwnProcess() is { } last)
            {
                EndProcess(last);
            }

            await service.RemoveFilesAsync(Ct);
        }
    }

    [Fact]
    public async Task Nothing_is_left_of_a_service_of_our_own_once_it_has_ended()
    {
        var options = new PodmanOptions { StateDirectory = Directory.CreateTempSubdirectory("cortex-").FullName };
        using var service = new PodmanService(options);
        await service.StartOwnAsync(Ct);
        try
        {
            await service.RemoveFilesAsync(Ct);
            Assert.Contains(Assert.NotNull(service.OwnProcess()), service.OwnProcesses());
        }
        finally
        {
            if (service.OwnProcess() is { } running)
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

    private static void EndProcess(int id)
    {
        using var process = Process.GetProcessById(id);
        process.Kill();
        process.WaitForExit();
    }
}
