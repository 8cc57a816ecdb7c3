using System.Net;

namespace Cortex.Core.Pki;

/// <summary>Why a certificate has to be issued anew.</summary>
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

/// <summary>Answers the one question about a certificate: why reissue it? Null means: keep it.</summary>
public static class LeafPolicy
{
    /// <summary>What the certificate says is compared first, its time last, so that the reason reported is the one that waiting would not mend.</summary>
    /// <param name="have">Null where there is no certificate.</param>
    /// <param name="renewBefore">Null: in the last third of its life. At most half of its life, so that a certificate
    /// shorter than this span is not reissued in every pass.</param>
    public static string? WhyReissue(
        CertificateFacts? have, CertificateFacts authority, LeafRequest wanted, DateTimeOffset now, TimeSpan? renewBefore = null) => have switch
        {
            null => ReissueReasons.Missing,
            _ when !IsIssuedBy(have, authority) => ReissueReasons.IssuerChanged,
            _ when have.CommonName != wanted.CommonName => ReissueReasons.SubjectChanged,
            _ when !HasNames(have, wanted) => ReissueReasons.NamesChanged,
            _ when !have.Uses.SetEquals([wanted.Use]) => ReissueReasons.UseChanged,
            _ => WhyRenew(have, now, renewBefore),
        };

    /// <summary>The same question about a stored pair, which can also be damaged or mixed up.</summary>
    public static string? WhyReissue(
        KeyPair? have, CertificateFacts authority, LeafRequest wanted, DateTimeOffset now, TimeSpan? renewBefore = null) =>
        have is null ? ReissueReasons.Missing
        : WhyUnusable(have) ?? WhyReissue(CertificateFacts.Read(have.CertificatePem), authority, wanted, now, renewBefore);

    /// <summary>The same question about the authority itself. After its renewal every leaf answers <see cref="ReissueReasons.IssuerChanged"/>.</summary>
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
        // Life is counted from the issue: the back-dated minutes were never lived.
        var life = have.NotAfter - have.NotBefore - Signing.ClockTolerance;
        var early = renewBefore is { } wish ? (wish < life / 2 ? wish : life / 2) : life / 3;
        return now < have.NotBefore ? ReissueReasons.NotYetValid
            : now >= have.NotAfter - early ? ReissueReasons.NearExpiry
            : null;
    }

    // The key id tells two authorities of the same name apart.
    private static bool IsIssuedBy(CertificateFacts have, CertificateFacts authority) =>
        have.Issuer == authority.Subject && (have.AuthorityKeyId is null || have.AuthorityKeyId == authority.SubjectKeyId);

    private static bool HasNames(CertificateFacts have, LeafRequest wanted) =>
        have.DnsNames.SetEquals(wanted.DnsNames.Select(DnsName.Normalize))
        // A link-local address carries the interface it was seen on; a certificate does not.
        && have.IpAddresses.SetEquals(wanted.IpAddresses.Select(address => new IPAddress(address.GetAddressBytes())));
}
