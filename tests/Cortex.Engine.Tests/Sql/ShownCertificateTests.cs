using Cortex.Core.Pki;
using Cortex.Engine.Secrets;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;
using Org.BouncyCastle.Security;

namespace Cortex.Engine.Tests.Sql;

/// <summary>
/// The certificate that a server presents is read whichever authority has signed it; a server that presents none is not waited for.
/// </summary>
public sealed class ShownCertificateTests
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    private readonly SecureRandom random = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_certificate_of_an_authority_that_no_longer_exists_is_read()
    {
        var now = DateTimeOffset.UtcNow;
        var pair = Leaf.Issue(
            Authority.Create("gone", now, TimeSpan.FromHours(1), random),
            new LeafRequest { CommonName = "cortex-pr", DnsNames = ["cortex-pr"], Use = LeafUse.Server, Lifetime = TimeSpan.FromHours(1) },
            now, random);
        await using var server = new FakePostgres(PairFile.ToX509(pair), Behaviour.Sound);

        var shown = await ShownCertificate.ReadAsync(new InstanceAddress("127.0.0.1", server.Port), AnswerTimeout, Ct);

        Assert.Equal(CertificateFacts.Read(pair.CertificatePem).Fingerprint, shown?.Fingerprint);
        Assert.Equal(0, server.Asked);
    }

    [Fact]
    public async Task A_server_that_presents_no_certificate_is_given_up()
    {
        var now = DateTimeOffset.UtcNow;
        var pair = Leaf.Issue(
            Authority.Create("ca", now, TimeSpan.FromHours(1), random),
            new LeafRequest { CommonName = "x", Use = LeafUse.Server, Lifetime = TimeSpan.FromHours(1) },
            now,
            random);
        var mute = new FakePostgres(PairFile.ToX509(pair), Behaviour.Mute);
        var address = new InstanceAddress("127.0.0.1", mute.Port);

        Assert.Null(await ShownCertificate.ReadAsync(address, TimeSpan.FromMilliseconds(200), Ct));
        await mute.DisposeAsync();
        Assert.Null(await ShownCertificate.ReadAsync(address, AnswerTimeout, Ct));
    }
}
