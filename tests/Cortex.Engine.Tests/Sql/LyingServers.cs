using System.Collections.Concurrent;
using System.Net;
using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Engine.Memory;
using Cortex.Engine.Observe;
using Cortex.Engine.Secrets;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;
using Npgsql;
using Org.BouncyCastle.Security;

namespace Cortex.Engine.Tests.Sql;

/// <summary>
/// A server that lies, stalls or never ends costs its own cluster an unknown; nobody waits for it, and nothing grows with what it sends.
/// </summary>
public sealed class LyingServers : IAsyncLifetime
{
    private const long Limit = 1024 * 1024;

    /// <summary>On their way, beyond what was counted: buffers of sockets and of TLS on both sides.</summary>
    private const long OnTheWay = 32 * 1024 * 1024;

    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private static readonly SecureRandom Random = new();
    private static readonly ClusterSpec Spec = new() { Instances = 1 };
    private static readonly ClusterKey Own = Of(Manner.Mute);
    private static readonly ClusterKey Other = new("default", "other");
    private static readonly KeyPair Ca = Authority.Create("ca", Now, TimeSpan.FromHours(1), Random);

    private readonly Ports target;
    private readonly SecretVault vault;
    private readonly PostgresSessions sessions;
    private readonly List<FakePostgres> servers = [];

    public LyingServers()
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
        foreach (var cluster in Enum.GetValues<Manner>().Select(Of).Append(Other))
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
    public async Task A_sound_server_is_heard()
    {
        Serve(Other, Manner.Sound);

        var seen = await HeardAsync();

        Assert.Equal(
            (false, "7000000000000000001", 1L, "17.6", "r1"),
            (seen.InRecovery, seen.SystemIdentifier, seen.Timeline, seen.Version, seen.Revision));
    }

    /// <summary>All at once, as on a machine where every instance but one belongs to somebody else.</summary>
    [Fact]
    public async Task What_servers_do_costs_their_own_clusters_an_answer_and_no_other()
    {
        Serve(Other, Manner.Sound);
        var asked = Enum.GetValues<Manner>().Where(manner => manner != Manner.Sound)
            .Select(manner => (Manner: manner, Liar: Serve(Of(manner), manner), Heard: AskAsync(Of(manner))))
            .ToList();

        await HeardAsync();
        foreach (var (manner, liar, heard) in asked)
        {
            Assert.True((await heard).Count == 0, $"{manner} was believed");
            Assert.True(liar.Sent < OnTheWay, $"{manner}: {liar.Sent} bytes were taken");
        }
    }

    /// <summary>Also where a step asks, which has more patience than a look.</summary>
    [Fact]
    public async Task Steps_that_ask_such_servers_fail_and_end()
    {
        // Silence is left out, which a command waits for as long as for a checkpoint: half a minute.
        var asked = Enum.GetValues<Manner>().Except([Manner.Sound, Manner.Mute, Manner.Stalling, Manner.LongNames, Manner.FewColumns])
            .Select(manner => (manner, Serve(Of(manner), manner), InstanceActions.ReceivedAsync(Source(Of(manner)), Ct)))
            .ToList();

        foreach (var (manner, liar, step) in asked)
        {
            Assert.True(await Record.ExceptionAsync(() => step) is not null, $"{manner} was believed");
            Assert.True(liar is { Asked: > 0, Sent: < OnTheWay }, $"{manner}: {liar.Sent} bytes were taken after {liar.Asked} questions");
        }
    }

    /// <summary>The connection goes through a port of our own; whose certificate is demanded does not change by that.</summary>
    [Fact]
    public async Task A_server_with_anothers_certificate_is_told_nothing()
    {
        var stranger = Serve(Own, Manner.Sound, Issue("elsewhere", LeafUse.Server, "elsewhere.example"));

        Assert.Empty(await AskAsync(Own));
        Assert.Equal(0, stranger.Asked);
    }

    [Fact]
    public async Task A_server_that_nobody_runs_is_told_from_one_that_says_nothing()
    {
        Serve(Own, Manner.Mute);
        Assert.False(await ConnectionRefusal.IsSeenAsync(Source(Own), ConnectionRefusal.Deadline, Ct));

        target.Of[Other] = Machine.FreePort();
        Assert.True(await ConnectionRefusal.IsSeenAsync(Source(Other), TimeSpan.FromSeconds(30), Ct));
    }

    private static ClusterKey Of(Manner manner) => new("default", manner.ToString().ToLowerInvariant());

    /// <summary>The sound one answers in time, if not at once: the machine may be busy.</summary>
    private Task<Core.Planning.PostgresSeen> HeardAsync() =>
        Eventually.GetAsync("the sound server answers", async () => (await AskAsync(Other)).Values.SingleOrDefault());

    private NpgsqlDataSource Source(ClusterKey cluster) => sessions.Demand(cluster, Spec, $"{cluster.Name}-pr");

    private FakePostgres Serve(ClusterKey cluster, Manner manner, KeyPair? pair = null)
    {
        using var made = PairFile.ToX509(pair ?? Issue($"{cluster.Name}-pr", LeafUse.Server, "localhost"));
        var server = new FakePostgres(System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadPkcs12(
            made.Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pkcs12), null), manner);
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

    /// <summary>Keeps secrets, and knows where servers are.</summary>
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
