using System.Net;

namespace Cortex.Core.Pki;

/// <summary>Why a certificate has to be issued again.</summary>
public static class ReissueReasons
{
    public const string Missing = "Missing";
    public const string Unreadable = "Unreadable";
    public const string KeyMismatch = "KeyMismatch";
    public const string NotAnAuthority = "NotAnAuthority";
    public const string IssuerChanged = "IssuerChanged";
    public const string SubjectChanged = "SubjectChanged";
    public const string NamesChanged = "NamesChanged";
    public const string UseChanged = "UseChanged";
    public const string NotYetValid = "NotYetValid";
    public const string NearExpiry = "NearExpiry";
}

/// <summary>Decides whether a certificate has to be reissued, and why. Null: it stays.</summary>
public static class LeafPolicy
{
    /// <summary>
    /// The contents are compared first and the times last, so that the reported reason is one that time alone would not remove.
    /// </summary>
    /// <param name="have">Null where there is no certificate.</param>
    /// <param name="renewBefore">Null: in the last third of its life. At most half of its life, so that a certificate with a shorter life
    /// than this span is not reissued in every pass.</param>
    public static string? WhyReissue(
        CertificateFacts? have,
        CertificateFacts authority,
        LeafRequest wanted,
        DateTimeOffset now,
        TimeSpan? renewBefore = null) => have switch
        {
            null => ReissueReasons.Missing,
            _ when !IsIssuedBy(have, authority) => ReissueReasons.IssuerChanged,
            _ when have.CommonName != wanted.CommonName => ReissueReasons.SubjectChanged,
            _ when !HasNames(have, wanted) => ReissueReasons.NamesChanged,
            _ when !have.Uses.SetEquals([wanted.Use]) => ReissueReasons.UseChanged,
            _ => WhyRenew(have, now, renewBefore),
        };

    /// <summary>The same for a stored pair, which can also be damaged or mixed up.</summary>
    public static string? WhyReissue(
        KeyPair? have, CertificateFacts authority, LeafRequest wanted, DateTimeOffset now, TimeSpan? renewBefore = null) =>
        have is null ? ReissueReasons.Missing
        : WhyUnusable(have) ?? WhyReissue(CertificateFacts.Read(have.CertificatePem), authority, wanted, now, renewBefore);

    /// <summary>
    /// The same for the authority itself. After its renewal the answer for every leaf is <see cref="ReissueReasons.IssuerChanged"/>.
    /// </summary>
    public static string? WhyRenewAuthority(KeyPair? have, DateTimeOffset now, TimeSpan? renewBefore = null)
    {
        if (have is null)
        {
            return ReissueReasons.Missing;
        }

        if (WhyUnusable(have) is { } damage)
        {
            return damage;
        }

        var facts = CertificateFacts.Read(have.CertificatePem);
        return facts.IsAuthority ? WhyRenew(facts, now, renewBefore) : ReissueReasons.NotAnAuthority;
    }

    private static string? WhyUnusable(KeyPair have)
    {
        try
        {
            _ = CertificateFacts.Read(have.CertificatePem);
            return Pem.BelongTogether(Pem.ReadCertificate(have.CertificatePem), Pem.ReadPrivateKey(have.PrivateKeyPem))
                ? null
                : ReissueReasons.KeyMismatch;
        }
        catch (FormatException)
        {
            return ReissueReasons.Unreadable;
        }
    }

    private static string? WhyRenew(CertificateFacts have, DateTimeOffset now, TimeSpan? renewBefore)
    {
        // The life begins with the issue; the back-dated minutes do not count.
        var life = have.NotAfter - have.NotBefore - Signing.ClockTolerance;
        var early = renewBefore is { } requested ? (requested < life / 2 ? requested : life / 2) : life / 3;
        return now < have.NotBefore ? ReissueReasons.NotYetValid
            : now >= have.NotAfter - early ? ReissueReasons.NearExpiry
            : null;
    }

    // The key id distinguishes two authorities of the same name.
    private static bool IsIssuedBy(CertificateFacts have, CertificateFacts authority) =>
        have.Issuer == authority.Subject && (have.AuthorityKeyId is null || have.AuthorityKeyId == authority.SubjectKeyId);

    private static bool HasNames(CertificateFacts have, LeafRequest wanted) =>
        have.DnsNames.SetEquals(wanted.DnsNames.Select(DnsName.Normalize))
        // A link-local address contains the interface on which it was seen; a certificate does not.
        && have.IpAddresses.SetEquals(wanted.IpAddresses.Select(address => new IPAddress(address.GetAddressBytes())));
}
