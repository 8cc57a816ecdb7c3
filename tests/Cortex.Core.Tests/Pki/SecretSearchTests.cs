namespace Cortex.Core.Tests.Pki;

/// <summary>What the end-to-end tests search for in logs, environments and files, so that no secret is where it could be read.</summary>
public sealed class SecretSearchTests
{
    private const string Body = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEH";

    private const string Certificate = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIQ\n-----END CERTIFICATE-----\n";

    [Fact]
    public void The_body_of_a_key_is_searched_for() =>
        Assert.Equal([Body], SecretSearch.TextsOf($"{Certificate}-----BEGIN PRIVATE KEY-----\n{Body}\nshort\n-----END PRIVATE KEY-----\n"));

    [Fact]
    public void Both_forms_of_a_password_are_searched_for() =>
        Assert.Equal(["a-password", "YS1wYXNzd29yZ"], SecretSearch.TextsOf("a-password"));

    [Fact]
    public void A_certificate_is_not_a_secret() => Assert.Empty(SecretSearch.TextsOf(Certificate));
}
