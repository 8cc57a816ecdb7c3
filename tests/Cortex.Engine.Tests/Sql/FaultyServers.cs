using System.Collections.Concurrent;
using System.Net;
using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Core.Postgres;
using Cortex.Engine.Memory;
using Cortex.Engine.Observe;
using Cortex.Engine.Secrets;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;
using Npgsql;
using Org.BouncyCastle.Security;

namespace Cortex.Engine.Tests.Sql;

/// <summary>
/// A server that sends wrong, endless or no answers counts as unknown in its own cluster. No other cluster waits for it, and memory does
/// not grow with its answers.
/// </summary>
public sealed class FaultyServers : IAsyncLifetime
{
    private const long Limit = 1024 * 1024;

    /// <summary>Bytes in transit beyond the limit: buffers of sockets and of TLS on both sides.</summary>
    private const long InTransit = 32 * 1024 * 1024;

    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private static readonly SecureRandom Random = new();
    private static readonly ClusterSpec Spec = new() { Instances = 1 };
    private static readonly ClusterKey Own = Of(Behaviour.Mute);
    private static readonly ClusterKey Other = new("default", "other");
    private static readonly KeyPair Ca = Authority.Create("ca", Now, TimeSpan.FromHours(1), Random);

    private readonly Ports target;
    private readonly SecretVault vault;
    private readonly PostgresSessions sessions;
    private readonly List<FakePostgres> servers = [];

    public FaultyServers()
    {
        var proxy = DispatchProxy.Create<IExecutionTarget, Ports>();
        target = (Ports)proxy;
        var memory = new ClusterMemory();
        vault = new SecretVault(proxy, memory);
        sessions = new PostgresSessions(proxy, vault, memory, new AnswerLimits(Limit, TimeSpan.FromSeconds(3)));
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        foreach (var cluster in Enum.GetValues<Behaviour>().Select(Of).Append(Other))
        {
            await vault.StoreAsync(cluster, Names.CaSecret(cluster.Name), PairFile.Write(Ca), Ct);
            await vault.StoreAsync(
                cluster, Names.OperatorCertificate(cluster.Name), PairFile.Write(Issue("cortex_operator", LeafUse.Client)), Ct);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await sessions.DisposeAsync();
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_sound_server_is_observed()
    {
        Serve(Other, Behaviour.Sound);

        var seen = await SoundAnswerAsync();

        Assert.Equal(
            (false, "7000000000000000001", 1L, "17.6", "r1", new DiskSpace(100 << 10, 60 << 10)),
            (seen.InRecovery, seen.SystemIdentifier, seen.Timeline, seen.Version, seen.Revision, seen.Disk));
    }

    /// <summary>All at the same time, as on a machine where another account controls every instance but one.</summary>
    [Fact]
    public async Task A_faulty_server_makes_its_own_cluster_unknown_and_no_other()
    {
        Serve(Other, Behaviour.Sound);
        var asked = Enum.GetValues<Behaviour>().Where(behaviour => behaviour != Behaviour.Sound)
            .Select(behaviour => (Behaviour: behaviour, Server: Serve(Of(behaviour), behaviour), Answers: AskAsync(Of(behaviour))))
            .ToList();

        await SoundAnswerAsync();
        foreach (var (behaviour, server, answers) in asked)
        {
            Assert.True((await answers).Count == 0, $"{behaviour} was believed");
            Assert.True(server.Sent < InTransit, $"{behaviour}: {server.Sent} bytes were read");
        }
    }

    /// <summary>Also where a step asks, whose time limit is longer than that of an observation.</summary>
    [Fact]
    public async Task Steps_that_ask_such_servers_fail_and_end()
    {
        // Silent servers are left out: a command waits for them as long as for a checkpoint, half a minute.
        Behaviour[] others = [Behaviour.Sound, Behaviour.Mute, Behaviour.Stalling, Behaviour.LongNames, Behaviour.FewColumns];
        var asked = Enum.GetValues<Behaviour>().Except(others)
            .Select(behaviour => (behaviour, Serve(Of(behaviour), behaviour), InstanceActions.ReceivedAsync(Source(Of(behaviour)), Ct)))
            .ToList();

        foreach (var (behaviour, server, step) in asked)
        {
            Assert.True(await Record.ExceptionAsync(() => step) is not null, $"{behaviour} was believed");
            Assert.True(
                server is { Asked: > 0, Sent: < InTransit },
                $"{behaviour}: {server.Sent} bytes were read after {server.Asked} questions");
        }
    }

    /// <summary>The connection goes through a local port, which does not change the name that the certificate must have.</summary>
    [Fact]
    public async Task Nothing_is_sent_to_a_server_with_a_certificate_for_another_name()
    {
        var stranger = Serve(Own, Behaviour.Sound, Issue("elsewhere", LeafUse.Server, "elsewhere.example"));

        Assert.Empty(await AskAsync(Own));
        Assert.Equal(0, stranger.Asked);
    }

    [Fact]
    public async Task A_server_that_does_not_run_is_distinguished_from_a_silent_one()
    {
        Serve(Own, Behaviour.Mute);
        Assert.False(await ConnectionRefusal.IsSeenAsync(Source(Own), ConnectionRefusal.RefusalTimeout, Ct));

        target.Of[Other] = Machine.FreePort();
        Assert.True(await ConnectionRefusal.IsSeenAsync(Source(Other), TimeSpan.FromSeconds(30), Ct));
    }

    private static ClusterKey Of(Behaviour behaviour) => new("default", behaviour.ToString().ToLowerInvariant());

    /// <summary>The sound server answers, though not always at the first attempt: the machine may be busy.</summary>
    private Task<Core.Planning.PostgresSeen> SoundAnswerAsync() =>
        Eventually.GetAsync("the sound server answers", async () => (await AskAsync(Other)).Values.SingleOrDefault());

    private NpgsqlDataSource Source(ClusterKey cluster) => sessions.Demand(cluster, Spec, $"{cluster.Name}-pr");

    private FakePostgres Serve(ClusterKey cluster, Behaviour behaviour, KeyPair? pair = null)
    {
        using var made = PairFile.ToX509(pair ?? Issue($"{cluster.Name}-pr", LeafUse.Server, "localhost"));
        var server = new FakePostgres(System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadPkcs12(
            made.Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pkcs12), null), behaviour);
        servers.Add(server);
        target.Of[cluster] = server.Port;
        return server;
    }

    private async Task<Dictionary<string, Core.Planning.PostgresSeen>> AskAsync(ClusterKey cluster)
    {
        await using var round = new QuestionRound(sessions, cluster, Spec, Ct);
        return await round.AnswersAsync([$"{cluster.Name}-pr"]);
    }

    private static KeyPair Issue(string name, LeafUse use, params string[] hosts) => Leaf.Issue(
        Ca,
        new LeafRequest
        {
            CommonName = name,
            DnsNames = hosts,
            IpAddresses = hosts is ["localhost"] ? [IPAddress.Loopback] : [],
            Use = use,
            Lifetime = TimeSpan.FromHours(1),
        },
        Now,
        Random);

    /// <summary>Stores secrets, and knows the ports of the servers.</summary>
    public class Ports : DispatchProxy
    {
        public ConcurrentDictionary<ClusterKey, int> Of { get; } = [];

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod?.Name switch
        {
            nameof(IExecutionTarget.AddressOf) => new InstanceAddress(IPAddress.Loopback.ToString(), Of[(ClusterKey)args![0]!]),
            nameof(IExecutionTarget.StoreSecretAsync) => Task.CompletedTask,
            _ => throw new NotSupportedException(targetMethod?.Name),
        };
    }
}
