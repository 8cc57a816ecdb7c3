using Org.BouncyCastle.Security;

namespace Cortex.Core.Pki;

/// <summary>
/// When the parts of a <see cref="ServingIdentity"/> are replaced, so that a client that trusts the published authorities always accepts
/// the server's certificate.
/// </summary>
/// <remarks>
/// <code>
///   bundle:  old            old+new, old still serves         old+new, new serves          new
///   ────────────────┬─────────────────────────────────┬───────────────────────────┬─────────────►
///                   the old one is in the last        seen published, and that    a day later, when no replica
///                   third of its life                 long enough ago             serves the old one any more
/// </code>
/// What is damaged or missing is replaced at once, and what can still be trusted stays in the bundle.
/// </remarks>
public static class ServingRotation
{
    public static readonly TimeSpan AuthorityLifetime = TimeSpan.FromDays(365);

    /// <summary>
    /// How old an authority must be before it signs what is served: the time for every API server and every replica to learn of it.
    /// </summary>
    public static readonly TimeSpan AnnouncementDelay = TimeSpan.FromMinutes(10);

    /// <summary>How long an authority is still trusted after its successor has signed a leaf certificate.</summary>
    public static readonly TimeSpan TrustWindow = TimeSpan.FromDays(1);

    /// <summary>The reason for the removal of an authority from the bundle.</summary>
    public const string Superseded = "Superseded";

    /// <summary>The identity as it should be now; the same object where nothing has to be done.</summary>
    /// <param name="have">Null where there is no identity. Parts of it may be missing or damaged.</param>
    /// <param name="published">The bundles that clients use at this moment; empty where there is no client.</param>
    /// <param name="why">One reason for each part that is new or removed.</param>
    public static ServingIdentity Renew(
        ServingIdentity? have,
        LeafRequest wanted,
        IReadOnlyCollection<string> published,
        DateTimeOffset now,
        SecureRandom random,
        out IReadOnlyList<string> why)
    {
        List<string> reasons = [];
        why = reasons;
        have ??= new ServingIdentity("", "", null);
        var authorities = Pem.Certificates(have.Bundle);
        var signer = authorities is [var newest, ..] ? new KeyPair(newest, have.AuthorityKeyPem) : null;
        var leaf = have.Leaf;
        var old = LeafPolicy.WhyRenewAuthority(signer, now);
        if (old is null || (old is ReissueReasons.NearExpiry && now < CertificateFacts.Read(signer!.CertificatePem).NotAfter))
        {
            // Before the successor is made: a certificate that expired while no operator ran is renewed by the authority that the clients
            // trust already.
            Reissue();
        }

        if (old is not null)
        {
            reasons.Add($"authority {old}");
            signer = Authority.Create($"{wanted.CommonName} authority", now, AuthorityLifetime, random);
            authorities = [signer.CertificatePem, .. authorities];
            Reissue();
        }

        var kept = authorities.Where((pem, at) => at == 0 || IsStillTrusted(pem, leaf!, wanted, now)).ToList();
        reasons.AddRange(Enumerable.Repeat($"authority {Superseded}", authorities.Count - kept.Count));
        return reasons.Count == 0 ? have : new ServingIdentity(string.Concat(kept), signer!.PrivateKeyPem, leaf);

        void Reissue()
        {
            if (WhyReissue(leaf, signer!, authorities, wanted, published, now) is { } stale)
            {
                reasons.Add($"certificate {stale}");
                leaf = Leaf.Issue(signer!, wanted, now, random);
            }
        }
    }

    /// <summary>
    /// A leaf certificate of an earlier authority is served until the clients know the successor, unless it has become useless.
    /// </summary>
    private static string? WhyReissue(
        KeyPair? leaf,
        KeyPair signer,
        IReadOnlyList<string> authorities,
        LeafRequest wanted,
        IReadOnlyCollection<string> published,
        DateTimeOffset now)
    {
        var newest = CertificateFacts.Read(signer.CertificatePem);
        var why = LeafPolicy.WhyReissue(leaf, newest, wanted, now);
        if (why is not ReissueReasons.IssuerChanged
            || authorities.Skip(1).Select(TryRead).FirstOrDefault(facts => HasIssued(facts, leaf, wanted, now)) is not { } issuer)
        {
            return why;
        }

        var own = LeafPolicy.WhyReissue(leaf, issuer, wanted, now);
        var serves = own is null || (own is ReissueReasons.NearExpiry && now < CertificateFacts.Read(leaf!.CertificatePem).NotAfter);
        var announced = now >= Issued(newest) + AnnouncementDelay
            && published.All(bundle => Pem.Certificates(bundle).Contains(signer.CertificatePem));
        return announced ? why : serves ? null : own;
    }

    private static bool IsStillTrusted(string pem, KeyPair leaf, LeafRequest wanted, DateTimeOffset now) =>
        TryRead(pem) is { IsAuthority: true } authority
        && now < authority.NotAfter
        && (HasIssued(authority, leaf, wanted, now)
            || now < Issued(CertificateFacts.Read(leaf.CertificatePem)) + TrustWindow);

    private static bool HasIssued(CertificateFacts? authority, KeyPair? leaf, LeafRequest wanted, DateTimeOffset now) =>
        authority is not null && LeafPolicy.WhyReissue(leaf, authority, wanted, now) is not ReissueReasons.IssuerChanged;

    private static DateTimeOffset Issued(CertificateFacts facts) => facts.NotBefore + Signing.ClockTolerance;

    private static CertificateFacts? TryRead(string pem)
    {
        try
        {
            return CertificateFacts.Read(pem);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
