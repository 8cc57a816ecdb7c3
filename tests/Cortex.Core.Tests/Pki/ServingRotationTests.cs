using System.Security.Cryptography.X509Certificates;
using Cortex.Core.Pki;
using static Cortex.Core.Tests.Pki.Certificates;

namespace Cortex.Core.Tests.Pki;

/// <summary>The certificate of a server and its authority are replaced, and every client accepts the server at every moment.</summary>
public sealed class ServingRotationTests
{
    private static readonly LeafRequest Wanted = Server("cortex-webhook.cortex-system.svc") with { CommonName = "cortex-webhook" };
    private static readonly ServingIdentity Fresh = Renew(null, Now).Next;

    /// <summary>So old that the authority is in the last third of its life, while the leaf is not.</summary>
    private static readonly DateTimeOffset Late = Now.AddDays(250);

    private static (ServingIdentity Next, IReadOnlyList<string> Why) Renew(
        ServingIdentity? have, DateTimeOffset now, params string[] published)
    {
        var next = ServingRotation.Renew(have, Wanted, published, now, Certificates.Random, out var why);
        return (next, why);
    }

    private static int Authorities(ServingIdentity identity) => identity.Bundle.Split("BEGIN CERTIFICATE").Length - 1;

    /// <summary>As an API server verifies it: by the authorities that it was told of, and nothing else.</summary>
    private static bool Trusts(string bundle, ServingIdentity identity, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.ImportFromPem(bundle);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        using var leaf = X509Certificate2.CreateFromPem(identity.Leaf!.CertificatePem);
        return chain.Build(leaf);
    }

    private static (ServingIdentity Old, ServingIdentity Both) Announced()
    {
        var old = Renew(Fresh, Late.AddDays(-20)).Next;
        return (old, Renew(old, Late).Next);
    }

    [Fact]
    public void Authority_and_certificate_are_made_once()
    {
        var (next, why) = Renew(null, Now);

        Assert.Equal(["authority Missing", "certificate Missing"], why);
        Assert.True(Trusts(next.Bundle, next, Now));
        Assert.Same(next, Renew(next, Now.AddDays(59)).Next);
    }

    [Fact]
    public void A_leaf_in_the_last_third_of_its_life_is_renewed_by_the_same_authority()
    {
        var (next, why) = Renew(Fresh, Now.AddDays(61));

        Assert.Equal(["certificate NearExpiry"], why);
        Assert.Equal(Fresh.Bundle, next.Bundle);
        Assert.True(Trusts(Fresh.Bundle, next, Now.AddDays(61)));
    }

    [Fact]
    public void A_new_authority_is_announced_while_the_old_certificate_is_served()
    {
        var (old, both) = Announced();

        Assert.Equal(old.Leaf, both.Leaf);
        Assert.Equal(2, Authorities(both));
        Assert.True(Trusts(old.Bundle, both, Late));
        Assert.True(Trusts(both.Bundle, both, Late));
    }

    [Fact]
    public void The_new_authority_serves_once_it_is_published_everywhere_and_old_enough()
    {
        var (old, both) = Announced();
        var due = Late + ServingRotation.AnnouncementDelay;

        Assert.Same(both, Renew(both, due.AddSeconds(-1), both.Bundle).Next);
        Assert.Same(both, Renew(both, due, both.Bundle, old.Bundle).Next);
        var (next, why) = Renew(both, due, both.Bundle, both.Bundle);

        Assert.Equal(["certificate IssuerChanged"], why);
        Assert.True(Trusts(both.Bundle, next, due));
        Assert.False(Trusts(old.Bundle, next, due));
    }

    [Fact]
    public void The_old_authority_is_trusted_a_day_longer_and_goes_then()
    {
        var (_, both) = Announced();
        var served = Late + ServingRotation.AnnouncementDelay;
        var next = Renew(both, served, both.Bundle).Next;

        Assert.Same(next, Renew(next, served + ServingRotation.TrustWindow - TimeSpan.FromSeconds(1), next.Bundle).Next);
        var (last, why) = Renew(next, served + ServingRotation.TrustWindow, next.Bundle);

        Assert.Equal(["authority Superseded"], why);
        Assert.Equal((1, next.Leaf), (Authorities(last), last.Leaf));
        Assert.True(Trusts(last.Bundle, last, served + ServingRotation.TrustWindow));
    }

    [Fact]
    public void An_authority_that_is_not_published_never_signs_what_is_served_before_the_old_leaf_ends()
    {
        var (old, both) = Announced();
        var end = CertificateFacts.Read(old.Leaf!.CertificatePem).NotAfter;

        Assert.Same(both, Renew(both, end.AddSeconds(-1), old.Bundle).Next);
        Assert.Equal("certificate NearExpiry", Renew(both, end, old.Bundle).Why[0]);
    }

    [Fact]
    public void A_certificate_that_expired_unseen_is_renewed_by_the_authority_that_clients_trust()
    {
        var (next, _) = Renew(Fresh, Late);

        Assert.True(Trusts(Fresh.Bundle, next, Late));
        Assert.Equal(2, Authorities(next));
        Assert.NotEqual(Fresh.AuthorityKeyPem, next.AuthorityKeyPem);
    }

    [Fact]
    public void When_everything_has_expired_everything_is_made_again()
    {
        var after = Now.AddDays(400);
        var (next, _) = Renew(Fresh, after);

        Assert.Equal(1, Authorities(next));
        Assert.True(Trusts(next.Bundle, next, after));
    }

    [Fact]
    public void A_lost_authority_key_is_replaced_and_the_trusted_leaf_is_still_served()
    {
        var (next, why) = Renew(Fresh with { AuthorityKeyPem = "" }, Now.AddDays(1), Fresh.Bundle);

        Assert.Equal(["authority Unreadable"], why);
        Assert.Equal((2, Fresh.Leaf), (Authorities(next), next.Leaf));
    }

    [Fact]
    public void A_leaf_that_cannot_serve_is_replaced_at_once()
    {
        Assert.Equal(["certificate Unreadable"], Renew(Fresh with { Leaf = Fresh.Leaf! with { PrivateKeyPem = "half a k" } }, Now).Why);
        Assert.Equal(["certificate KeyMismatch"],
            Renew(Fresh with { Leaf = Fresh.Leaf! with { PrivateKeyPem = Fresh.AuthorityKeyPem } }, Now).Why);
        ServingRotation.Renew(Fresh, Wanted with { DnsNames = ["elsewhere"] }, [], Now, Certificates.Random, out var why);
        Assert.Equal(["certificate NamesChanged"], why);
    }

    [Fact]
    public void A_certificate_that_is_not_an_authority_does_not_stay_in_the_bundle()
    {
        const string damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        var mixed = Fresh with { Bundle = $"{Fresh.Bundle}{Fresh.Leaf!.CertificatePem}{damaged}" };

        var (next, why) = Renew(mixed, Now.AddDays(2));

        Assert.Equal(["authority Superseded", "authority Superseded"], why);
        Assert.Equal(Fresh, next);
    }

    [Fact]
    public void A_client_that_knows_the_last_bundle_but_one_accepts_the_server_for_years()
    {
        var (identity, known, authorities) = (Fresh, Fresh.Bundle, new HashSet<string>());
        for (var now = Now; now < Now.AddDays(3 * 365); now = now.AddDays(3))
        {
            var published = identity.Bundle;
            identity = Renew(identity, now, known).Next;
            known = published;
            Assert.True(Trusts(known, identity, now), $"not trusted on {now:d}");
            authorities.Add(identity.AuthorityKeyPem);
        }

        Assert.InRange(authorities.Count, 4, 6);
    }

    [Fact]
    public void Nothing_secret_is_printed() => Assert.DoesNotContain("PRIVATE", Fresh.ToString(), StringComparison.Ordinal);
}
