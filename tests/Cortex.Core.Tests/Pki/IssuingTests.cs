using System.Net;
using System.Security.Cryptography.X509Certificates;
using Cortex.Core.Pki;
using FsCheck;
using FsCheck.Fluent;
using static Cortex.Core.Tests.Pki.Certificates;

namespace Cortex.Core.Tests.Pki;

public sealed class IssuingTests
{
    private static readonly KeyPair Root = NewAuthority();

    [Fact]
    public void An_authority_signs_leaves_but_no_further_authorities()
    {
        using var certificate = X509Certificate2.CreateFromPem(Root.CertificatePem, Root.PrivateKeyPem);

        var constraints = certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single();
        Assert.True(constraints is { Critical: true, CertificateAuthority: true, HasPathLengthConstraint: true, PathLengthConstraint: 0 });
        var usage = certificate.Extensions.OfType<X509KeyUsageExtension>().Single();
        Assert.True(usage.Critical);
        Assert.Equal(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, usage.KeyUsages);
    }

    [Fact]
    public void A_leaf_is_read_by_dotnet_as_it_was_asked_for()
    {
        var leaf = Root.Issue(Server());
        using var certificate = X509Certificate2.CreateFromPem(leaf.CertificatePem, leaf.PrivateKeyPem);

        Assert.True(certificate.HasPrivateKey);
        Assert.Equal("CN=cortex-pr", certificate.Subject);
        Assert.Equal("CN=cortex-ca", certificate.Issuer);
        Assert.Equal("1.2.840.10045.4.3.2", certificate.SignatureAlgorithm.Value);
        Assert.Equal("1.2.840.10045.3.1.7", certificate.GetECDsaPublicKey()!.ExportParameters(false).Curve.Oid.Value);
        Assert.Equal(Now.AddMinutes(-5).UtcDateTime, certificate.NotBefore.ToUniversalTime());
        Assert.Equal(Now.AddDays(90).UtcDateTime, certificate.NotAfter.ToUniversalTime());
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["cortex-pr", "localhost"], names.EnumerateDnsNames());
        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], names.EnumerateIPAddresses());
        Assert.StartsWith("-----BEGIN PRIVATE KEY-----\n", leaf.PrivateKeyPem);
    }

    [Fact]
    public void Facts_agree_with_dotnet()
    {
        var leaf = Root.Issue(Server());
        using var certificate = X509Certificate2.CreateFromPem(leaf.CertificatePem);
        var facts = leaf.Facts();

        Assert.Equal(certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256), facts.Fingerprint);
        Assert.Equal(certificate.SerialNumber.TrimStart('0'), facts.Serial.TrimStart('0'));
        Assert.Equal(certificate.NotAfter.ToUniversalTime(), facts.NotAfter.UtcDateTime);
        Assert.False(facts.IsAuthority);
        Assert.Equal([LeafUse.Server], facts.Uses);
        Assert.Equal(Root.Facts().SubjectKeyId, facts.AuthorityKeyId);
        Assert.Equal(Root.Facts().Subject, facts.Issuer);
        Assert.True(Root.Facts().IsAuthority);
    }

    [Fact]
    public void A_leaf_never_outlives_its_authority()
    {
        var shortLived = NewAuthority(days: 10);

        Assert.Equal(shortLived.Facts().NotAfter, shortLived.Issue(Server()).Facts().NotAfter);
    }

    [Fact]
    public void An_expired_authority_issues_nothing()
    {
        var expired = NewAuthority(Now.AddDays(-20), days: 10);

        Assert.Contains("expired at 2026-02-19", Assert.Throws<ArgumentException>(() => expired.Issue(Server())).Message);
    }

    [Fact]
    public void A_leaf_is_not_an_authority()
    {
        var leaf = Root.Issue(Server());

        Assert.Contains("not a certificate authority", Assert.Throws<ArgumentException>(() => leaf.Issue(Server())).Message);
    }

    [Fact]
    public void A_certificate_with_anothers_key_issues_nothing()
    {
        var mixed = Root with { PrivateKeyPem = NewAuthority().PrivateKeyPem };

        Assert.Contains("does not belong", Assert.Throws<ArgumentException>(() => mixed.Issue(Server())).Message);
    }

    [Theory, InlineData("has space"), InlineData(""), InlineData("-x"), InlineData("a..b"), InlineData("a,DNS:evil"), InlineData("größe")]
    public void A_name_that_is_not_a_host_name_is_refused(string name) =>
        Assert.Contains("is not a host name", Assert.Throws<ArgumentException>(() => Root.Issue(Server(name))).Message);

    [Theory, InlineData(0), InlineData(65)]
    public void A_common_name_has_1_to_64_characters(int length) =>
        Assert.Throws<ArgumentException>(() => Root.Issue(Client(new string('x', length))));

    [Fact]
    public void A_common_name_with_separators_stays_one_name() =>
        Assert.Equal("a,O=b+c\\ \"d\"", Root.Issue(Client("a,O=b+c\\ \"d\"")).Facts().CommonName);

    [Fact]
    public void Serials_are_positive_128_bit_numbers_and_differ()
    {
        var serials = Enumerable.Range(0, 50).Select(_ => Root.Issue(Client("app")).Facts().Serial).ToHashSet();

        Assert.Equal(50, serials.Count);
        Assert.All(serials, serial => Assert.Equal(32, serial.Length));
    }

    [Fact]
    public void The_key_is_never_printed()
    {
        var printed = $"{Root}";

        Assert.DoesNotContain("PRIVATE KEY", printed);
        Assert.Contains("(hidden)", printed);
    }

    [Theory, InlineData(""), InlineData("nonsense"), InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
     InlineData("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n"), InlineData("-----BEGIN CERTIFICATE-----\n")]
    public void A_text_that_is_not_a_certificate_is_a_format_error(string pem) =>
        Assert.Throws<FormatException>(() => CertificateFacts.Read(pem));

    [Fact]
    public void A_key_is_not_taken_for_a_certificate() => Assert.Throws<FormatException>(() => CertificateFacts.Read(Root.PrivateKeyPem));

    [Fact]
    public void Any_damage_to_a_certificate_is_read_or_is_a_format_error()
    {
        var body = Root.Issue(Server()).CertificatePem.Split('\n').Where(line => !line.StartsWith('-'));
        var der = Convert.FromBase64String(string.Concat(body));
        Prop.ForAll(Gen.Choose(0, der.Length - 1).ToArbitrary(), Gen.Choose(0, 255).ToArbitrary(), (at, value) =>
        {
            var damaged = der.ToArray();
            damaged[at] = (byte)value;
            var pem = $"-----BEGIN CERTIFICATE-----\n{Convert.ToBase64String(damaged)}\n-----END CERTIFICATE-----\n";
            return Record.Exception(() => CertificateFacts.Read(pem)) is null or FormatException;
        }).Holds(500);
    }

    [Fact]
    public void Issued_names_come_back_as_the_same_set()
    {
        var label = Gen.Choose(1, 12).SelectMany(length => Gen.Elements("abcxyzABC0189".ToCharArray()).ArrayOf(length))
            .Select(c => new string(c));
        var dnsNames = label.ListOf().Select(list => list.ToArray());
        var addresses = Gen.OneOf(Gen.Choose(0, 255).ArrayOf(4), Gen.Choose(0, 255).ArrayOf(16))
            .Select(bytes => new IPAddress([.. bytes.Select(b => (byte)b)])).ListOf();
        Prop.ForAll(dnsNames.ToArbitrary(), addresses.ToArbitrary(), (names, ips) =>
        {
            var request = Server() with { DnsNames = names, IpAddresses = [.. ips] };
            var facts = Root.Issue(request).Facts();
            return facts.DnsNames.SetEquals(names.Select(name => name.ToLowerInvariant()))
                && facts.IpAddresses.SetEquals(ips)
                && LeafPolicy.WhyReissue(facts, Root.Facts(), request, Now) is null;
        }).Holds(50);
    }
}
