using System.Text.Json;
using Cortex.Chaos.Load;
using Cortex.Chaos.Machines;
using Cortex.Chaos.Record;
using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Chaos.Nemesis;

/// <summary>What faults need: the cluster, its operator, its Podman, its disks, and random numbers.</summary>
internal sealed record ChaosContext(
    ChaosOptions Options,
    Cluster Cluster,
    OperatorUnderTest Operator,
    OwnPodman Store,
    SmallDisks Disks,
    IReadOnlyList<Probe> Probes,
    History History)
{
    public Random Random { get; } = new(Options.Seed);

    public IReadOnlyList<string> Instances => Names.Instances(Cluster.Name, Options.Instances);

    public T Any<T>(IReadOnlyList<T> choices) => choices[Random.Next(choices.Count)];

    public Task PauseAsync(int leastMs, int mostMs) => Task.Delay(Random.Next(leastMs, mostMs + 1));

    public void Note(string what)
    {
        History.Add(new Note(History.Now, "nemesis", what));
        Print(what);
    }

    public void Print(string what) => Console.Error.WriteLine($"{History.Now:HH:mm:ss.fff} {what}");

    /// <summary>The present resource. Waits while the operator restarts.</summary>
    public Task<CortexCluster> ReadAsync() =>
        Eventually.GetAsync("the API shows the cluster", () => Operator.ReadAsync(Cluster.Name), Cluster.DescribeAsync);

    public async Task<string> PrimaryAsync() => (await ReadAsync()).Status?.Primary ?? Cluster.Primary;

    /// <summary>The instances that follow the primary.</summary>
    public async Task<IReadOnlyList<string>> StandbysAsync()
    {
        var status = (await ReadAsync()).Status;
        return [.. Instances.Where(instance => instance != status?.Primary && status?.Fenced.Contains(instance) != true)];
    }

    /// <summary>Sets spec.promote, and whether rows may be lost, and repeats that until the API has accepted it.</summary>
    public async Task TryPromoteAsync(string? instance, bool allowLoss = false)
    {
        var patch = JsonSerializer.Serialize(new { spec = new { promote = instance, promoteAllowDataLoss = allowLoss } });
        await Eventually.HoldsAsync(
            "the API accepts the promotion", async () => (await Operator.Kubectl.PatchAsync(Cluster.Name, patch)).Succeeded,
            Cluster.DescribeAsync);
    }

    public async Task RestartOperatorAsync()
    {
        await Operator.WaitForExitAsync();
        await Operator.StartAgainAsync();
    }
}
