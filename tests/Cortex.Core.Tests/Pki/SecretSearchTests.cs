namespace Cortex.Core.Tests.Pki;

/// <summary>What the stories search logs, environments and files for, so that no secret is where it could be read.</summary>
public sealed class SecretSearchTests
{
    private const string Body = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEH";

    private const string Certificate = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIQ\n-----END CERTIFICATE-----\n";

    [Fact]
    public void Of_a_key_the_body_is_searched_for() =>
        Assert.Equal([Body], SecretSearch.TextsOf($"{Certificate}-----BEGIN PRIVATE KEY-----\n{Body}\nshort\n-----END PRIVATE KEY-----\n"));

    [Fact]
    public void Of_a_password_both_writings_are_searched_for() =>
        Assert.Equal(["a-password", "YS1wYXNzd29yZ"], SecretSearch.TextsOf("a-password"));

    [Fact]
    public void A_certificate_is_no_secret() => Assert.Empty(SecretSearch.TextsOf(Certificate));
}
