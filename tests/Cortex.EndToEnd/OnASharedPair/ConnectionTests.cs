namespace Cortex.EndToEnd.OnASharedPair;

/// <summary>Connections of psql: TLS with a verified server, and a password.</summary>
[Trait("Tier", "podman")]
[Trait("Story", "EveryPodman")]
[Trait("Story", "EveryTarget")]
[Collection<UsesRunningPair>]
public sealed class ConnectionTests(RunningPair pair)
{
    private const string Who = "select current_user, pg_is_in_recovery()";

    [Fact]
    public async Task The_connection_string_of_the_status_reaches_the_primary_with_verify_full()
    {
        Assert.Contains("sslmode=verify-full", pair.Access.Endpoint, StringComparison.Ordinal);
        Assert.Equal("app|f", await Psql.TextAsync(pair.Access.Dsn, Who));
    }

    [Fact]
    public async Task Connections_without_TLS_are_refused()
    {
        foreach (var instance in new[] { pair.Cluster.Primary, pair.Cluster.Standby })
        {
            var answer = await Psql.RunAsync(pair.Access.DsnOf(instance, "sslmode=disable"), Who);
            Assert.False(answer.Succeeded);
            Assert.Contains("pg_hba.conf rejects connection", answer.Errors, StringComparison.Ordinal);
            Assert.Contains("no encryption", answer.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_password_is_needed_even_without_server_verification()
    {
        Assert.True((await Psql.RunAsync(pair.Access.DsnOf(pair.Cluster.Primary, "sslmode=require sslrootcert=''"), Who)).Succeeded);
        var without = await Psql.RunAsync(
            pair.Access.DsnOf(pair.Cluster.Primary, "sslmode=require sslrootcert='' passfile=/dev/null"), Who);
        Assert.Contains("no password supplied", without.Errors, StringComparison.Ordinal);
        var wrong = pair.Access.Write("wrong", "*:*:*:app:wrong\n");
        Assert.Contains(
            "password authentication failed", (
                await Psql.RunAsync(pair.Access.DsnOf(pair.Cluster.Primary, $"passfile={wrong}"), Who)).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_is_not_trusted_by_a_client_with_another_authority()
    {
        var other = Path.Combine(pair.Operator.ClientDirectory, "other.crt");
        (await Tool.RunAsync("openssl", [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=other", "-keyout", "/dev/null",
            "-out", other,
        ])).Text();
        var answer = await Psql.RunAsync(pair.Access.DsnOf(pair.Cluster.Primary, $"sslrootcert={other}"), Who);
        Assert.Contains("certificate verify failed", answer.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_is_not_trusted_under_another_host_name()
    {
        var answer = await Psql.RunAsync(pair.Access.DsnOf(pair.Cluster.Primary, "host=elsewhere.example"), Who);
        Assert.Contains("does not match host name \"elsewhere.example\"", answer.Errors, StringComparison.Ordinal);
        Assert.Equal("app|f", await Psql.TextAsync(pair.Access.DsnOf(pair.Cluster.Primary, $"host={pair.Cluster.Primary}"), Who));
    }

    [Fact]
    public async Task Only_TLS_1_3_is_accepted()
    {
        var old = await Psql.RunAsync(pair.Access.DsnOf(pair.Cluster.Primary, "ssl_max_protocol_version=TLSv1.2"), Who);
        Assert.False(old.Succeeded);
        Assert.Contains("protocol version", old.Errors, StringComparison.Ordinal);
        Assert.Equal("TLSv1.3", await Psql.TextAsync(pair.Access.Dsn, "select version from pg_stat_ssl where pid = pg_backend_pid()"));
    }

    [Theory, InlineData("postgres"), InlineData("cortex_operator"), InlineData("streaming_replica")]
    public async Task The_operators_roles_cannot_connect_without_their_credentials(string role)
    {
        var answer = await Psql.RunAsync(pair.Access.DsnOf(pair.Cluster.Primary, $"user={role} dbname=postgres passfile=/dev/null"), Who);
        Assert.False(answer.Succeeded);
        Assert.Contains(
            role == "postgres" ? "no password supplied" : "requires a valid client certificate", answer.Errors, StringComparison.Ordinal);
    }
}
