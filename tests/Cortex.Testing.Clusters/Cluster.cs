using System.Text.Json;
using Cortex.Core.Api;
using k8s.Models;

namespace Cortex.Testing.Clusters;

/// <summary>One cluster under a name and on ports that no other story has.</summary>
public sealed class Cluster(OperatorUnderTest cortex, string name, int basePort) : IAsyncDisposable
{
    private Access? access;
    private bool disposed;
    private HashSet<(string, int?)> earlier = [];

    public string Name => name;

    public int BasePort => basePort;

    /// <summary>The instance that was the primary when the test began.</summary>
    public string Primary { get; private set; } = $"{name}-pr";

    /// <summary>The first standby of that time.</summary>
    public string Standby { get; private set; } = $"{name}-s1";

    /// <summary>The timeline of that time.</summary>
    public long Timeline { get; private set; } = 1;

    public OperatorUnderTest Operator => cortex;

    public Place Place => cortex.Place;

    /// <summary>The sample, under our name and on our ports, with further lines of <c>spec</c>.</summary>
    public string Yaml(string spec = "", string policy = "Delete")
    {
        var sample = File.ReadAllText(Repository.Path("manifests/samples/cortex.yaml"));
        var here = Place.SpecLines(basePort).Where(line => !spec.Split('\n').Any(own => own.Split(':')[0] == line.Split(':')[0]));
        var lines = here.Append($"deletionPolicy: {policy}").Concat(spec.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return sample.TrimEnd().Replace("name: cortex", $"name: {name}", StringComparison.Ordinal)
            .Replace(spec.Contains("instances:", StringComparison.Ordinal) ? "  instances: 2" : "\0", "", StringComparison.Ordinal)
            + string.Concat(lines.Select(line => $"\n  {line}"));
    }

    public async Task ApplyAsync(string spec = "", string policy = "Delete") => (await cortex.Kubectl.ApplyAsync(Yaml(spec, policy))).Text();

    public async Task PatchAsync(string json) => (await cortex.Kubectl.PatchAsync(name, json)).Text();

    /// <summary>The wish of the RFC; null takes it back.</summary>
    public async Task PromoteAsync(string? instance) => (await WishAsync(instance)).Text();

    /// <summary>The same, for a story that has less than a second for it.</summary>
    public Task PromoteAtOnceAsync(string instance) => cortex.PatchAsync(name, Wish(instance));

    /// <summary>The same, when the API may be away.</summary>
    public Task<ToolResult> WishAsync(string? instance) => cortex.Kubectl.PatchAsync(name, Wish(instance));

    /// <summary>Deletes the resource and waits until it is gone.</summary>
    public async Task DeleteAsync()
    {
        var result = await cortex.Kubectl.RunAsync("delete", "cortexcluster", name, "--timeout", $"{Place.Deletion.TotalSeconds}s");
        // Of a story that failed before, this is often the last word.
        Assert.True(result.Succeeded, result.Succeeded ? "" : $"{result.Said}\n{await StoryAsync()}");
    }

    public async Task<CortexCluster> ReadAsync() => await cortex.ReadAsync(name) ?? throw new InvalidOperationException($"{name} is gone");

    public async Task<ClusterStatus> StatusAsync() => (await ReadAsync()).Status ?? new ClusterStatus();

    /// <summary>Waits for a status; fails with the whole story.</summary>
    public async Task<ClusterStatus> UntilAsync(string what, Func<CortexCluster, bool> asWished)
    {
        var seen = await Eventually.GetAsync(what, async () => await cortex.ReadAsync(name) is { } now && asWished(now) ? now : null, StoryAsync);
        return seen.Status ?? new ClusterStatus();
    }

    /// <summary>Every instance is as the present generation of the spec asks.</summary>
    public Task<ClusterStatus> ReadyAsync() => UntilAsync(
        $"{name} is Ready",
        now => now.Status is { } status && status.ObservedGeneration == now.Metadata.Generation && Is(status, ConditionTypes.Ready, "True"));

    /// <summary>Ready, and nothing is under way, held back, or still to be restarted.</summary>
    public Task<ClusterStatus> RestsAsync() => UntilAsync(
        $"{name} is at rest",
        now => now.Status is { Promotion: null, Fenced: [] } status && status.ObservedGeneration == now.Metadata.Generation && Is(status, ConditionTypes.Ready, "True")
            && Is(status, ConditionTypes.Progressing, "False") && !Is(status, ConditionTypes.PromotionBlocked, "True") && status.Instances.All(one => one.Outdated is null));

    /// <summary>Waits for Ready to be False for a reason, and demands what the message says.</summary>
    public async Task NotReadyAsync(string reason, params string[] parts)
    {
        var status = await UntilAsync($"Ready is False because of {reason}", now => Condition(now.Status, ConditionTypes.Ready) is { Status: "False" } said && said.Reason == reason);
        Assert.All(parts, part => Assert.Contains(part, Condition(status, ConditionTypes.Ready)!.Message, StringComparison.Ordinal));
    }

    public Task<ClusterStatus> PromotedAsync(string instance) => UntilAsync(
        $"{instance} is the primary", now => now.Status is { Promotion: null } status && status.Primary == instance);

    /// <summary>The promotion after a crash was a failover, or the primary was back in time to hand over everything.</summary>
    public void DemandSucceeded(PromotionReceipt? receipt) => Assert.True(
        receipt is { Kind: PromotionKind.Failover } || (!Place.StaysDown && receipt is { Kind: PromotionKind.Switchover, LostBytes: 0 }), $"{receipt}");

    /// <summary>Reasons of the events since the test began.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync() =>
        [.. (await cortex.EventsAsync(name)).Where(one => !earlier.Contains((one.Uid(), one.Count))).Select(one => one.Reason)];

    /// <summary>A test begins on a cluster that other tests have used: who leads now, and what was told before is not its own.</summary>
    public async Task BeginAsync()
    {
        var status = await StatusAsync();
        Primary = Assert.IsType<string>(status.Primary);
        Standby = status.Instances.First(one => one.Name != status.Primary).Name;
        Timeline = Assert.IsType<long>(status.Timeline);
        earlier = [.. (await cortex.EventsAsync(name)).Select(one => (one.Uid(), one.Count))];
    }

    public static bool Is(ClusterStatus? status, string type, string value) => status?.Conditions.Any(one => one.Type == type && one.Status == value) == true;

    public static Condition? Condition(ClusterStatus? status, string type) => status?.Conditions.FirstOrDefault(one => one.Type == type);

    /// <summary>The application's way in: password and authority, in files.</summary>
    public async Task<Access> AccessAsync() => access ??= await Access.OfAsync(this);

    /// <summary>The same, after the authority or the passwords have changed.</summary>
    public async Task<Access> RenewAccessAsync() => access = await Access.OfAsync(this);

    private static string Wish(string? instance) => JsonSerializer.Serialize(new { spec = new { promote = instance } });

    /// <summary>For a failed test: what the resource says, what Podman has, and the end of the operator's log.</summary>
    public async Task<string> StoryAsync()
    {
        var resource = cortex.Lives ? (await cortex.Kubectl.RunAsync("get", "cortexcluster", name, "-o", "yaml")).Said : "(the operator does not run)";
        var instances = await Place.TellAsync(name);
        return $"{resource}\n{instances}\n{cortex.LogTail}";
    }

    /// <summary>Deletes the resource and demands that nothing is left; whatever is left is removed all the same.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!disposed)
        {
            disposed = true;
            await Spending.MeasureAsync("unmaking", name, UnmakeAsync);
        }
    }

    private async Task UnmakeAsync()
    {
        try
        {
            if (cortex.Lives && await cortex.ReadAsync(name) is not null)
            {
                await PatchAsync("""{"spec":{"deletionPolicy":"Delete"}}""");
                await DeleteAsync();
                Assert.Empty(await Place.LeftOfAsync(name));
            }
        }
        finally
        {
            await Place.RemoveAllAsync(name);
        }
    }
}
