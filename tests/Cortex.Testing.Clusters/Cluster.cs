using System.Text.Json;
using Cortex.Core.Api;
using k8s.Models;

namespace Cortex.Testing.Clusters;

/// <summary>One cluster, with a name and ports that no other test uses.</summary>
public sealed class Cluster(OperatorUnderTest cortex, string name, int basePort) : IAsyncDisposable
{
    private Access? access;
    private bool disposed;
    private HashSet<(string, int?)> earlier = [];

    public string Name => name;

    public int BasePort => basePort;

    /// <summary>The primary at the beginning of the test.</summary>
    public string Primary { get; private set; } = $"{name}-pr";

    /// <summary>The first standby at the beginning of the test.</summary>
    public string Standby { get; private set; } = $"{name}-s1";

    /// <summary>The timeline at the beginning of the test.</summary>
    public long Timeline { get; private set; } = 1;

    public OperatorUnderTest Operator => cortex;

    public TestTarget Target => cortex.Target;

    /// <summary>The sample with this cluster's name and ports, and with more lines of <c>spec</c>.</summary>
    public string Yaml(string spec = "", string policy = "Delete")
    {
        var sample = File.ReadAllText(Repository.Path("manifests/samples/cortex.yaml"));
        var defaults = Target.SpecLines(basePort).Where(line => !spec.Split('\n').Any(own => own.Split(':')[0] == line.Split(':')[0]));
        var lines = defaults.Append($"deletionPolicy: {policy}").Concat(spec.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return sample.TrimEnd().Replace("name: cortex", $"name: {name}", StringComparison.Ordinal)
            .Replace(spec.Contains("instances:", StringComparison.Ordinal) ? "  instances: 2" : "\0", "", StringComparison.Ordinal)
            + string.Concat(lines.Select(line => $"\n  {line}"));
    }

    public async Task ApplyAsync(string spec = "", string policy = "Delete") =>
        (await cortex.Kubectl.ApplyAsync(Yaml(spec, policy))).Text();

    public async Task PatchAsync(string json) => (await cortex.Kubectl.PatchAsync(name, json)).Text();

    /// <summary>Sets <c>spec.promote</c>; null removes it.</summary>
    public async Task PromoteAsync(string? instance) => (await TryPromoteAsync(instance)).Text();

    /// <summary>The same, for a test that must do it within less than a second.</summary>
    public Task PromoteWithoutKubectlAsync(string instance) => cortex.PatchAsync(name, PromotePatch(instance));

    /// <summary>The same, when the API may be unreachable.</summary>
    public Task<ToolResult> TryPromoteAsync(string? instance) => cortex.Kubectl.PatchAsync(name, PromotePatch(instance));

    /// <summary>Deletes the resource and waits until it is removed.</summary>
    public async Task DeleteAsync()
    {
        var result = await cortex.Kubectl.RunAsync("delete", "cortexcluster", name, "--timeout", $"{Eventually.HangTimeout.TotalSeconds}s");
        // If the test failed before, this is often its only message.
        Assert.True(result.Succeeded, result.Succeeded ? "" : $"{result.Said}\n{await DescribeAsync()}");
    }

    public async Task<CortexCluster> ReadAsync() =>
        await cortex.ReadAsync(name) ?? throw new InvalidOperationException($"{name} does not exist");

    public async Task<ClusterStatus> StatusAsync() => (await ReadAsync()).Status ?? new ClusterStatus();

    /// <summary>Waits for a status; a failure contains a description of the cluster.</summary>
    public async Task<ClusterStatus> UntilAsync(string what, Func<CortexCluster, bool> condition)
    {
        var seen = await Eventually.GetAsync(
            what, async () => await cortex.ReadAsync(name) is { } now && condition(now) ? now : null, DescribeAsync);
        return seen.Status ?? new ClusterStatus();
    }

    /// <summary>Waits until every instance is as the present generation of the spec asks.</summary>
    public Task<ClusterStatus> ReadyAsync() => UntilAsync(
        $"{name} is Ready",
        now => now.Status is { } status && status.ObservedGeneration == now.Metadata.Generation && Is(
            status, ConditionTypes.Ready, "True"));

    /// <summary>Waits until the cluster is Ready, no promotion runs or is blocked, and no instance must be restarted.</summary>
    public Task<ClusterStatus> SteadyAsync() => UntilAsync(
        $"{name} is in a steady state",
        now =>
            now.Status is { Promotion: null, Fenced: [] } status
            && status.ObservedGeneration == now.Metadata.Generation
            && status.Instances.All(instance => instance.Outdated is null)
            && Is(status, ConditionTypes.Ready, "True")
            && Is(status, ConditionTypes.Progressing, "False")
            && !Is(status, ConditionTypes.PromotionBlocked, "True"));

    /// <summary>Waits until Ready is False for a reason, and asserts parts of the message.</summary>
    public async Task NotReadyAsync(string reason, params string[] parts)
    {
        var status = await UntilAsync(
            $"Ready is False because of {reason}",
            now => Condition(now.Status, ConditionTypes.Ready) is { Status: "False" } ready && ready.Reason == reason);
        Assert.All(parts, part => Assert.Contains(part, Condition(status, ConditionTypes.Ready)!.Message, StringComparison.Ordinal));
    }

    public Task<ClusterStatus> PromotedAsync(string instance) => UntilAsync(
        $"{instance} is the primary", now => now.Status is { Promotion: null } status && status.Primary == instance);

    /// <summary>
    /// Asserts that the promotion after a crash was a failover, or a switchover without a loss if the primary had restarted in time.
    /// </summary>
    public void AssertSucceeded(PromotionReceipt? receipt)
    {
        var isCleanSwitchover = receipt is { Kind: PromotionKind.Switchover, LostBytes: 0 };
        Assert.True(
            receipt is { Kind: PromotionKind.Failover } || (isCleanSwitchover && !Target.CrashedServerStaysDown), $"{receipt}");
    }

    /// <summary>The reasons of the events since the beginning of the test.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync() =>
        [.. (await cortex.EventsAsync(name)).Where(entry => !earlier.Contains((entry.Uid(), entry.Count))).Select(entry => entry.Reason)];

    /// <summary>A test begins on a cluster that other tests have used: notes the present roles, and ignores earlier events.</summary>
    public async Task BeginAsync()
    {
        var status = await StatusAsync();
        Primary = Assert.IsType<string>(status.Primary);
        Standby = status.Instances.First(instance => instance.Name != status.Primary).Name;
        Timeline = Assert.IsType<long>(status.Timeline);
        earlier = [.. (await cortex.EventsAsync(name)).Select(entry => (entry.Uid(), entry.Count))];
    }

    public static bool Is(ClusterStatus? status, string type, string value) =>
        status?.Conditions.Any(condition => condition.Type == type && condition.Status == value) == true;

    public static Condition? Condition(ClusterStatus? status, string type) =>
        status?.Conditions.FirstOrDefault(condition => condition.Type == type);

    /// <summary>What the application needs to connect: the password and the CA certificate, in files.</summary>
    public async Task<Access> AccessAsync() => access ??= await RenewAccessAsync();

    /// <summary>The same, after the authority or the passwords have changed.</summary>
    public async Task<Access> RenewAccessAsync()
    {
        var directory = Path.Combine(cortex.ClientDirectory, name);
        Directory.CreateDirectory(directory);
        var status = await StatusAsync();
        return access = new Access(
            name,
            directory,
            status.Endpoints!.ReadWrite!,
            await Target.SecretsAsync(name),
            await Target.AddressesAsync(name, basePort));
    }

    private static string PromotePatch(string? instance) => JsonSerializer.Serialize(new { spec = new { promote = instance } });

    /// <summary>For a failed test: the resource, the objects of the target, and the end of the operator's log.</summary>
    public async Task<string> DescribeAsync()
    {
        var resource = cortex.IsRunning
            ? (await cortex.Kubectl.RunAsync("get", "cortexcluster", name, "-o", "yaml")).Said
            : "(the operator is not running)";
        var instances = await Target.DescribeAsync(name);
        return $"{resource}\n{instances}\n{cortex.LogTail}";
    }

    /// <summary>Deletes the resource and asserts that no object is left; objects that are left are removed in any case.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!disposed)
        {
            disposed = true;
            await ClusterTimes.MeasureAsync("removing", name, RemoveAsync);
        }
    }

    private async Task RemoveAsync()
    {
        try
        {
            if (cortex.IsRunning && await cortex.ReadAsync(name) is not null)
            {
                await PatchAsync("""{"spec":{"deletionPolicy":"Delete"}}""");
                await DeleteAsync();
                Assert.Empty(await Target.RemainingObjectsAsync(name));
            }
        }
        finally
        {
            await Target.RemoveAllAsync(name);
        }
    }
}
