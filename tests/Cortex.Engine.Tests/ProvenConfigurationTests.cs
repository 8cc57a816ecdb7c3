using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Act;
using Cortex.Engine.Secrets;
using Cortex.Engine.Targets;
using Org.BouncyCastle.Security;

namespace Cortex.Engine.Tests;

/// <summary>What is tried before it is written is what the user wrote, not what a standby gets of it.</summary>
public sealed class ProvenConfigurationTests
{
    private static readonly ClusterKey Key = new("default", "cortex");

    private readonly Tries tries;
    private readonly SecretVault vault;
    private readonly Provisioning provisioning;

    public ProvenConfigurationTests()
    {
        var proxy = DispatchProxy.Create<IExecutionTarget, Tries>();
        tries = (Tries)proxy;
        vault = new SecretVault(proxy);
        provisioning = new Provisioning(proxy, vault, new ConfigurationProofs(proxy));
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>It keeps its primary's: all that it was given is in force, and says nothing of the smaller one.</summary>
    [Theory]
    [InlineData("cortex-pr")]
    [InlineData("cortex-s1")]
    public async Task A_smaller_limit_is_tried_although_a_standby_runs_with_all_that_it_was_given(string instance)
    {
        await ProveAsync(instance, "3");

        Assert.Contains("max_connections = '3'", Assert.Single(tries.Settings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_in_force_somewhere_is_not_tried()
    {
        await ProveAsync("cortex-pr", "100");

        Assert.Empty(tries.Settings);
    }

    private async Task ProveAsync(string instance, string connections)
    {
        var authority = Authority.Create("ca", DateTimeOffset.UtcNow, TimeSpan.FromDays(1), new SecureRandom());
        await vault.StoreAsync(Key, Names.CaSecret(Key.Name), PairFile.Write(authority), Ct);
        using var pass = Pass(connections);
        await provisioning.ProveAsync(pass, instance, Ct);
    }

    private static Pass Pass(string connections)
    {
        var limits = new Dictionary<string, int> { ["max_connections"] = 100 };
        var seen = new Observation
        {
            Cluster = Key,
            Inventory = Inventory.Empty with { Pods = [new PodSeen("cortex-pr", PodState.Running), new PodSeen("cortex-s1", PodState.Running)] },
            Image = new ImageSeen(new ImageFacts("sha256:1", "17.6", 17, 999, 999), null),
            Postgres = new Dictionary<string, PostgresSeen>
            {
                ["cortex-pr"] = Answer(recovers: false) with { Limits = limits, Revision = "old" },
                ["cortex-s1"] = Answer(recovers: true) with { Limits = limits, Revision = "given" },
            },
            WantedRevisions = new Dictionary<string, string> { ["cortex-pr"] = "wanted", ["cortex-s1"] = "given" },
        };
        var spec = new ClusterSpec { Postgres = new() { Parameters = new Dictionary<string, string> { ["max_connections"] = connections } } };
        var cluster = new CortexCluster { Metadata = new() { Name = Key.Name, NamespaceProperty = Key.Namespace }, Spec = spec, Status = new ClusterStatus { Primary = "cortex-pr" } };
        return new Pass(cluster, seen, new Plan { Steps = [], Holds = [] }, DispatchProxy.Create<IClusterRecords, Tries>(), TimeProvider.System, Ct);
    }

    private static PostgresSeen Answer(bool recovers) => new() { InRecovery = recovers, SystemIdentifier = "1", Timeline = 1, Lsn = 1, Streaming = recovers };

    public class Tries : DispatchProxy
    {
        public List<string> Settings { get; } = [];

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod?.Name)
            {
                case nameof(IExecutionTarget.StoreSecretAsync):
                    return Task.CompletedTask;
                case nameof(IExecutionTarget.RunOneShotAsync):
                    Settings.Add(((OneShot)args![0]!).Arguments[0]);
                    return Task.FromResult(new OneShotResult(0, ""));
                default:
                    throw new NotSupportedException(targetMethod?.Name);
            }
        }
    }
}
