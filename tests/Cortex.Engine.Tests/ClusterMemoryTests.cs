using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Engine.Act;
using Cortex.Engine.Backup;
using Cortex.Engine.Memory;
using Cortex.Engine.Observe;
using Cortex.Engine.Secrets;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;
using Microsoft.Extensions.Logging.Abstractions;
using Org.BouncyCastle.Security;

namespace Cortex.Engine.Tests;

/// <summary>What the operator remembers of a cluster is forgotten when its resource is gone.</summary>
public sealed class ClusterMemoryTests
{
    private const int Clusters = 1000;

    private readonly ClusterMemory memory = new();
    private readonly IExecutionTarget target = DispatchProxy.Create<IExecutionTarget, Empty>();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_stays_in_memory_of_a_thousand_deleted_clusters()
    {
        var vault = new SecretVault(target, memory);
        await using var sessions = new PostgresSessions(target, vault, memory);
        var provisioning = new Provisioning(target, target, vault, new ConfigurationProofs(target, memory), memory);
        var images = new ImageExaminer(target, target, TimeProvider.System);
        var archives = new Archives(target, target, sessions, memory, TimeProvider.System);
        var executor = new PlanExecutor(
            null!, memory, new Credentials(vault, memory), provisioning, null!, null!, null!, archives, null!,
            NullLogger<PlanExecutor>.Instance);
        var records = DispatchProxy.Create<IClusterRecords, Empty>();
        var sources = new RestoreSources(records, target, target, target, memory, TimeProvider.System);
        var reconciler = new ClusterReconciler(
            new ClusterObserver(
                target, target, target, target, images, vault, sessions, provisioning,
                new DataInspection(target, memory, TimeProvider.System), archives, sources),
            executor, images, records, memory, TimeProvider.System);
        var pair = PairFile.Write(Authority.Create("ca", DateTimeOffset.UtcNow, TimeSpan.FromDays(1), new SecureRandom()));
        foreach (var key in Keys())
        {
            await vault.StoreAsync(key, Names.CaSecret(key.Name), pair, Ct);
            await vault.StoreAsync(key, Names.OperatorCertificate(key.Name), pair, Ct);
            Assert.NotNull(sessions.For(key, new ClusterSpec(), Names.Instance(key.Name, 0)));
        }

        Assert.Equal(3 * Clusters, memory.Count);
        foreach (var key in Keys())
        {
            Assert.Null(await reconciler.ReconcileAsync(key, CancellationToken.None, Ct));
        }

        Assert.Equal(0, memory.Count);
    }

    [Fact]
    public void A_note_that_is_replaced_or_forgotten_is_passed_to_the_callback()
    {
        List<string> passed = [];
        var part = memory.Part<string>(passed.Add);
        var (key, other) = (new ClusterKey("default", "one"), new ClusterKey("default", "other"));
        part.Set(key, "a", "first");
        part.Set(key, "a", "second");
        part.Set(other, "a", "theirs");

        memory.Forget(key);

        Assert.Equal(["first", "second"], passed);
        Assert.Equal("theirs", Assert.Single(part.Of(other)).Value);
        Assert.Empty(part.Of(key));
    }

    /// <summary>A dictionary of clusters elsewhere would keep its entries as long as the process lives.</summary>
    [Fact]
    public void Nothing_else_in_the_engine_remembers_clusters()
    {
        var others = typeof(ClusterMemory).Assembly.GetTypes()
            .Where(type => !type.Name.StartsWith("Notes`", StringComparison.Ordinal))
            .SelectMany(
                type => type.GetFields(
                    BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Where(
                field => field.FieldType.Name.Contains("Dictionary", StringComparison.Ordinal)
                    && field.FieldType.ToString().Split(',')[0].Contains(nameof(ClusterKey), StringComparison.Ordinal))
            .Select(field => $"{field.DeclaringType!.Name}.{field.Name}");

        Assert.Empty(others);
    }

    private static IEnumerable<ClusterKey> Keys() =>
        Enumerable.Range(0, Clusters).Select(number => new ClusterKey("default", $"c{number}"));

    /// <summary>A target that stores every secret, and records without a resource.</summary>
    public class Empty : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod?.Name switch
        {
            nameof(IExecutionTarget.StoreSecretAsync) => Task.CompletedTask,
            nameof(IExecutionTarget.AddressOf) => new InstanceAddress("127.0.0.1", 1),
            nameof(IClusterRecords.ReadAsync) => Task.FromResult<CortexCluster?>(null),
            _ => throw new NotSupportedException(targetMethod?.Name),
        };
    }
}
