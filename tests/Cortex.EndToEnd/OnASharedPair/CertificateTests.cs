namespace Cortex.EndToEnd.OnASharedPair;

/// <summary>The cluster's certificates, verified by openssl as files and on a running server.</summary>
[Trait("Tier", "podman")]
[Trait("Story", "EveryTarget")]
[Collection<UsesRunningPair>]
public sealed class CertificateTests(RunningPair pair)
{
    [Fact]
    public async Task Openssl_accepts_every_certificate_for_its_purpose_only()
    {
        var name = pair.Cluster.Name;
        var purposes = new Dictionary<string, string>
        {
            [$"{name}-pr-server-tls"] = "sslserver", [$"{name}-s1-server-tls"] = "sslserver",
            [$"{name}-replication-tls"] = "sslclient", [$"{name}-operator-tls"] = "sslclient", [$"{name}-app-tls"] = "sslclient",
        };
        foreach (var (secret, purpose) in purposes)
        {
            Assert.True((await VerifyAsync(secret, purpose)).Succeeded, $"{secret} is not valid as {purpose}");
        }

        Assert.False((await VerifyAsync($"{name}-app-tls", "sslserver")).Succeeded);
    }

    [Theory, InlineData("pr"), InlineData("s1")]
    public async Task Openssl_verifies_the_certificate_chain_of_a_running_server(string suffix)
    {
        var instance = $"{pair.Cluster.Name}-{suffix}";
        var address = pair.Access.AddressOf(instance);
        string[][] checks = [["-verify_ip", "127.0.0.1"], ["-verify_hostname", "localhost"], ["-verify_hostname", instance]];
        foreach (var check in checks)
        {
            var connected = await ConnectAsync(address, check);
            Assert.Contains("Verify return code: 0 (ok)", connected.Output, StringComparison.Ordinal);
            Assert.Contains("TLSv1.3", connected.Output, StringComparison.Ordinal);
        }

        var other = await ConnectAsync(address, ["-verify_hostname", "elsewhere.example"]);
        Assert.Contains("hostname mismatch", other.Said, StringComparison.OrdinalIgnoreCase);
    }

    private Task<ToolResult> VerifyAsync(string secret, string purpose) =>
        Tool.RunAsync(
            "openssl", ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", pair.Access.Authority, pair.Access.PairFile(secret)]);

    private Task<ToolResult> ConnectAsync(ServerAddress server, string[] check) =>
        Tool.RunAsync(
            "openssl",
            [
                "s_client",
                "-starttls",
                "postgres",
                "-connect",
                $"{server.Address}:{server.Port}",
                "-CAfile",
                pair.Access.Authority,
                .. check,
            ]);
}
