using System.Text.Json;
using Cortex.Chaos.Load;
using Cortex.Chaos.Place;
using Cortex.Chaos.Record;
using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Chaos.Nemesis;

/// <summary>What faults are made of: the cluster, its operator, its Podman, its disks, and chance.</summary>
internal sealed record Scene(
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

    public T Any<T>(IReadOnlyList<T> among) => among[Random.Next(among.Count)];

    public Task PauseAsync(int leastMs, int mostMs) => Task.Delay(Random.Next(leastMs, mostMs + 1));

    public void Tell(string what)
    {
        History.Add(new Noted(History.Now, "nemesis", what));
        Say(what);
    }

    public void Say(string what) => Console.Error.WriteLine($"{History.Now:HH:mm:ss.fff} {what}");

    /// <summary>The status as the API has it, over the restarts of the operator.</summary>
    public Task<CortexCluster> ReadAsync() =>
        Eventually.GetAsync("the API shows the cluster", () => Operator.ReadAsync(Cluster.Name), Cluster.StoryAsync);

    public async Task<string> PrimaryAsync() => (await ReadAsync()).Status?.Primary ?? Cluster.Primary;

    /// <summary>Instances that follow the primary.</summary>
    public async Task<IReadOnlyList<string>> StandbysAsync()
    {
        var status = (await ReadAsync()).Status;
        return [.. Instances.Where(one => one != status?.Primary && status?.Fenced.Contains(one) != true)];
    }

    /// <summary>Says who shall be primary, and whether rows may be lost for it, until the API has heard it.</summary>
    public async Task WishAsync(string? instance, bool allowLoss = false)
    {
        var wish = JsonSerializer.Serialize(new { spec = new { promote = instance, promoteAllowDataLoss = allowLoss } });
        await Eventually.HoldsAsync(
            "the API takes the wish", async () => (await Operator.Kubectl.PatchAsync(Cluster.Name, wish)).Succeeded, Cluster.StoryAsync);
    }

    public async Task RestartOperatorAsync()
    {
        await Operator.GoneAsync();
        await Operator.StartAgainAsync();
    }
}
