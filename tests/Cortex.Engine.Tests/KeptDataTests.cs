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
using TargetException = Cortex.Engine.Targets.TargetException;

namespace Cortex.Engine.Tests;

/// <summary>Data that join.sh left alone are remembered as kept, and only as long as they may still be there.</summary>
public sealed class KeptDataTests
{
    private const int Kept = 65;

    private static readonly ClusterKey Key = new("default", "cortex");

    private readonly OneShots target;
    private readonly SecretVault vault;
    private readonly Provisioning provisioning;

    public KeptDataTests()
    {
        var proxy = DispatchProxy.Create<IExecutionTarget, OneShots>();
        target = (OneShots)proxy;
        vault = new SecretVault(proxy);
        provisioning = new Provisioning(proxy, vault, new ConfigurationProofs(proxy));
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_copy_that_fails_after_the_data_were_removed_is_not_called_kept()
    {
        await JoinAsync(Kept, "the volume holds another database system, which is kept");
        Assert.Equal("the volume holds another database system, which is kept", provisioning.KeptData(Key)["cortex-s1"]);

        await JoinAsync(1, "connection refused");

        Assert.Empty(provisioning.KeptData(Key));
    }

    [Fact]
    public async Task A_new_resource_of_the_same_name_knows_nothing_of_the_data_of_the_last()
    {
        await JoinAsync(Kept, "the volume holds another database system, which is kept");

        provisioning.Forget(Key);

        Assert.Empty(provisioning.KeptData(Key));
    }

    [Fact]
    public async Task A_copy_that_tablespaces_prevent_is_remembered_until_it_is_tried_again()
    {
        await JoinAsync(66, "a new copy cannot be made while there are tablespaces: ts at /srv/ts");
        Assert.Equal(["cortex-s1"], provisioning.Uncopied(Key));
        Assert.Empty(provisioning.KeptData(Key));

        await JoinAsync(1, "connection refused");
        Assert.Empty(provisioning.Uncopied(Key));
    }

    private async Task JoinAsync(int exitCode, string output)
    {
        var authority = Authority.Create("ca", DateTimeOffset.UtcNow, TimeSpan.FromDays(1), new SecureRandom());
        await vault.StoreAsync(Key, Names.CaSecret(Key.Name), PairFile.Write(authority), Ct);
        target.Result = new OneShotResult(exitCode, output);
        using var pass = Pass();
        await Assert.ThrowsAsync<TargetException>(() => provisioning.JoinAsync(pass, new Step.Join("cortex-s1", "cortex-pr"), Ct));
    }

    private static Pass Pass()
    {
        var seen = new Observation { Cluster = Key, Inventory = Inventory.Empty, Image = new ImageSeen(new ImageFacts("sha256:1", "17.6", 17, 999, 999), null) };
        var cluster = new CortexCluster { Metadata = new() { Name = Key.Name, NamespaceProperty = Key.Namespace }, Spec = new ClusterSpec(), Status = new ClusterStatus { Primary = "cortex-pr" } };
        return new Pass(cluster, seen, new Plan { Steps = [], Holds = [] }, DispatchProxy.Create<IClusterRecords, OneShots>(), TimeProvider.System, Ct);
    }

    public class OneShots : DispatchProxy
    {
        public OneShotResult Result { get; set; } = new(0, "");

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod?.Name switch
        {
            nameof(IExecutionTarget.StoreSecretAsync) => Task.CompletedTask,
            nameof(IExecutionTarget.RunOneShotAsync) => Task.FromResult(Result),
            _ => throw new NotSupportedException(targetMethod?.Name),
        };
    }
}
