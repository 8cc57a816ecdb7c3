using System.Diagnostics;
using Cortex.Core.Pki;
using static Cortex.Core.Tests.Pki.Certificates;

namespace Cortex.Core.Tests.Pki;

/// <summary>The judge PostgreSQL itself uses: the real <c>openssl verify</c>.</summary>
public sealed class OpensslTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("cortex-pki-");
    private readonly KeyPair root = NewAuthority(DateTimeOffset.UtcNow);

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("-purpose sslserver -verify_hostname cortex-pr", true)]
    [InlineData("-purpose sslserver -verify_hostname localhost", true)]
    [InlineData("-purpose sslserver -verify_ip 127.0.0.1", true)]
    [InlineData("-purpose sslserver -verify_ip ::1", true)]
    [InlineData("-purpose sslserver -verify_hostname cortex-s1", false)]
    [InlineData("-purpose sslserver -verify_ip 127.0.0.2", false)]
    [InlineData("-purpose sslclient", false)]
    public void A_server_certificate_serves_its_names_and_nothing_else(string options, bool accepted) =>
        Assert.Equal(accepted, Verifies(root.Issue(Server(), DateTimeOffset.UtcNow), options));

    [Theory, InlineData("-purpose sslclient", true), InlineData("-purpose sslserver", false)]
    public void A_client_certificate_is_for_clients(string options, bool accepted) =>
        Assert.Equal(accepted, Verifies(root.Issue(Client("streaming_replica"), DateTimeOffset.UtcNow), options));

    [Fact]
    public void Another_authority_of_the_same_name_is_not_believed() =>
        Assert.False(Verifies(NewAuthority(DateTimeOffset.UtcNow).Issue(Server(), DateTimeOffset.UtcNow), "-purpose sslserver"));

    [Fact]
    public void The_validity_is_what_was_asked_for()
    {
        var now = DateTimeOffset.UtcNow;
        var leaf = root.Issue(Server(), now);

        Assert.True(Verifies(leaf, $"-attime {now.AddDays(89).ToUnixTimeSeconds()}"));
        Assert.False(Verifies(leaf, $"-attime {now.AddDays(91).ToUnixTimeSeconds()}"));
        Assert.False(Verifies(leaf, $"-attime {now.AddMinutes(-6).ToUnixTimeSeconds()}"));
    }

    [Fact]
    public void The_key_is_sound_and_belongs_to_the_certificate()
    {
        var leaf = root.Issue(Server(), DateTimeOffset.UtcNow);

        var (code, publicKey) = Openssl($"pkey -check -pubout -in {Write("leaf.key", leaf.PrivateKeyPem)}");
        Assert.Equal(0, code);
        Assert.Contains(Openssl($"x509 -noout -pubkey -in {Write("leaf.crt", leaf.CertificatePem)}").Output, publicKey);
    }

    private bool Verifies(KeyPair leaf, string options) => Openssl(
        $"verify -x509_strict -check_ss_sig {options} -CAfile {Write("ca.crt", root.CertificatePem)} {Write("leaf.crt", leaf.CertificatePem)}").Code == 0;

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static (int Code, string Output) Openssl(string arguments)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(part => Path.Combine(part, "openssl")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, "openssl is not on PATH");
        using var openssl = Process.Start(new ProcessStartInfo(path!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = openssl.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = openssl.StandardOutput.ReadToEnd();
        openssl.WaitForExit();
        TestContext.Current.TestOutputHelper?.WriteLine(errors.Result);
        return (openssl.ExitCode, output);
    }
}
