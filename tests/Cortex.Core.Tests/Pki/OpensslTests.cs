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
    public async Task A_server_certificate_serves_its_names_and_nothing_else(string options, bool accepted) =>
        Assert.Equal(accepted, await VerifiesAsync(root.Issue(Server(), DateTimeOffset.UtcNow), options));

    [Theory, InlineData("-purpose sslclient", true), InlineData("-purpose sslserver", false)]
    public async Task A_client_certificate_is_for_clients(string options, bool accepted) =>
        Assert.Equal(accepted, await VerifiesAsync(root.Issue(Client("streaming_replica"), DateTimeOffset.UtcNow), options));

    [Fact]
    public async Task Another_authority_of_the_same_name_is_not_believed() =>
        Assert.False(await VerifiesAsync(NewAuthority(DateTimeOffset.UtcNow).Issue(Server(), DateTimeOffset.UtcNow), "-purpose sslserver"));

    [Fact]
    public async Task The_validity_is_what_was_asked_for()
    {
        var now = DateTimeOffset.UtcNow;
        var leaf = root.Issue(Server(), now);

        Assert.True(await VerifiesAsync(leaf, $"-attime {now.AddDays(89).ToUnixTimeSeconds()}"));
        Assert.False(await VerifiesAsync(leaf, $"-attime {now.AddDays(91).ToUnixTimeSeconds()}"));
        Assert.False(await VerifiesAsync(leaf, $"-attime {now.AddMinutes(-6).ToUnixTimeSeconds()}"));
    }

    [Fact]
    public async Task The_key_is_sound_and_belongs_to_the_certificate()
    {
        var leaf = root.Issue(Server(), DateTimeOffset.UtcNow);

        var publicKey = (await OpensslAsync($"pkey -check -pubout -in {Write("leaf.key", leaf.PrivateKeyPem)}")).Demand().Output;
        var certified = (await OpensslAsync($"x509 -noout -pubkey -in {Write("leaf.crt", leaf.CertificatePem)}")).Demand().Output;
        Assert.Contains(certified, publicKey);
    }

    private async Task<bool> VerifiesAsync(KeyPair leaf, string options)
    {
        var files = $"-CAfile {Write("ca.crt", root.CertificatePem)} {Write("leaf.crt", leaf.CertificatePem)}";
        return (await OpensslAsync($"verify -x509_strict -check_ss_sig {options} {files}")).Succeeded;
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static async Task<ToolResult> OpensslAsync(string arguments)
    {
        Assert.SkipWhen(Tool.Find("openssl") is null, "openssl is not on PATH");
        var result = await Tool.RunAsync("openssl", arguments.Split(' '));
        TestContext.Current.TestOutputHelper?.WriteLine(result.Errors);
        return result;
    }
}
