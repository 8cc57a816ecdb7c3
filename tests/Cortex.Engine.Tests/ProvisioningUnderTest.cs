using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Act;
using Cortex.Engine.Memory;
using Cortex.Engine.Secrets;
using Cortex.Engine.Targets;
using Org.BouncyCastle.Security;

namespace Cortex.Engine.Tests;

/// <summary>Provisioning with a target that stores secrets, answers one-shots as the test says, and supports nothing else.</summary>
public sealed class ProvisioningUnderTest
{
    public static readonly ClusterKey Key = new("default", "cortex");
    public static readonly ImageSeen Image = new(new ImageFacts("sha256:1", "17.6", 17, 999, 999), null);

    private readonly OneShots target;
    private readonly SecretVault vault;

    public ProvisioningUnderTest()
    {
        var proxy = DispatchProxy.Create<IExecutionTarget, OneShots>();
        target = (OneShots)proxy;
        vault = new SecretVault(proxy, Memory);
        Provisioning = new Provisioning(proxy, proxy, vault, new ConfigurationProofs(proxy, Memory), Memory);
    }

    public ClusterMemory Memory { get; } = new();

    public Provisioning Provisioning { get; }

    /// <summary>The result of each one-shot.</summary>
    public Func<OneShot, OneShotResult> Answer
    {
        set => target.Answer = value;
    }

    /// <summary>A pass of a cluster that cortex-pr leads, with an authority in its vault.</summary>
    public async Task<Pass> PassAsync(ClusterSpec spec, Observation seen, CancellationToken ct)
    {
        var authority = Authority.Create("ca", DateTimeOffset.UtcNow, TimeSpan.FromDays(1), new SecureRandom());
        await vault.StoreAsync(Key, Names.CaSecret(Key.Name), PairFile.Write(authority), ct);
        return new Pass(
            Cluster(spec),
            seen,
            new Plan { Steps = [], Holds = [] },
            DispatchProxy.Create<IClusterRecords,
            OneShots>(),
            TimeProvider.System,
            ct);
    }

    public static CortexCluster Cluster(ClusterSpec spec) => new()
    {
        Metadata = new() { Name = Key.Name, NamespaceProperty = Key.Namespace },
        Spec = spec,
        Status = new ClusterStatus { Primary = "cortex-pr" },
    };

    public class OneShots : DispatchProxy
    {
        private OneShotResult? job;

        public Func<OneShot, OneShotResult> Answer { get; set; } = _ => new(0, "");

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod?.Name switch
        {
            nameof(IExecutionTarget.StoreSecretAsync) => Task.CompletedTask,
            nameof(IExecutionTarget.RunOneShotAsync) => Task.FromResult(Answer((OneShot)args![0]!)),
            nameof(IJobs.StartJobAsync) => Task.FromResult(job = Answer(((Job)args![0]!).Work)),
            nameof(IJobs.ReadJobAsync) => Task.FromResult(job),
            nameof(IJobs.EndJobAsync) => Task.FromResult(job = null),
            _ => throw new NotSupportedException(targetMethod?.Name),
        };
    }
}
