using System.Globalization;
using System.Text.Json.Nodes;

namespace Cortex.EndToEnd.OnASharedPair;

/// <summary>The two servers: settings, replication, their network, and their containers.</summary>
[Trait("Tier", "podman")]
[Trait("Story", "EveryPodman")]
[Collection<UsesRunningPair>]
public sealed class ServerTests(RunningPair pair)
{
    private Cluster Cluster => pair.Cluster;

    private string[] Instances => [Cluster.Primary, Cluster.Standby];

    [Fact, Trait("Story", "EveryTarget")]
    public async Task Settings_that_safety_requires_are_active_on_both_instances()
    {
        foreach (var instance in Instances)
        {
            string[] expected =
            [
                $"cluster_name={instance}", "data_checksums=on", "hot_standby=on", "password_encryption=scram-sha-256", "ssl=on",
                "ssl_min_protocol_version=TLSv1.3", "wal_level=replica", "wal_log_hints=on",
            ];
            var names = string.Join(',', expected.Select(setting => $"'{setting.Split('=')[0]}'"));
            Assert.Equal(
                expected,
                (await AskAsync(
                    instance,
                    $"select name || '=' || setting from pg_settings where name in ({names}) order by 1",
                    "postgres")).Split('\n'));
        }
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task The_first_access_rule_refuses_plaintext()
    {
        foreach (var instance in Instances)
        {
            var rules = (await AskAsync(
                instance,
                "select type, database, user_name, address, auth_method, error from pg_hba_file_rules order by line_number",
                "postgres"))
                .Split('\n');
            Assert.Equal("hostnossl|{all}|{all}|all|reject|", rules[0]);
            Assert.DoesNotContain(rules, rule => rule.Contains("|trust|", StringComparison.Ordinal));
        }
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task The_standby_refuses_writes_and_has_the_rows_of_the_primary()
    {
        await Psql.TextAsync(pair.Access.Dsn, "create table looked (at int); insert into looked select generate_series(1, 100)");
        await Eventually.HoldsAsync(
            "the rows are on the standby",
            async () => (await Psql.RunAsync(pair.Access.DsnOf(Cluster.Standby), "select count(*) from looked")).Output.Trim() == "100",
            Cluster.DescribeAsync);
        var refused = await Psql.RunAsync(pair.Access.DsnOf(Cluster.Standby), "insert into looked values (0)");
        Assert.Contains("read-only transaction", refused.Errors, StringComparison.Ordinal);
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task The_replication_connection_is_TLS_1_3_with_a_client_certificate()
    {
        var connection = await AskAsync(
            Cluster.Primary,
            "select application_name, state, usename, s.version, client_dn from pg_stat_replication r join pg_stat_ssl s using (pid)",
            "postgres");
        Assert.StartsWith($"{Cluster.Standby}|streaming|streaming_replica|TLSv1.3|", connection, StringComparison.Ordinal);
        Assert.Contains("CN=streaming_replica", connection, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Instances_are_only_on_the_clusters_network_and_resolve_each_others_names()
    {
        foreach (var (instance, other) in new[] { (Cluster.Primary, Cluster.Standby), (Cluster.Standby, Cluster.Primary) })
        {
            var infra = await Podman.TextAsync("pod", "inspect", "--format", "{{.InfraContainerID}}", instance);
            var networks = JsonNode.Parse(
                await Podman.TextAsync("inspect", "--format", "{{json .NetworkSettings.Networks}}", infra))!.AsObject();
            Assert.Equal([$"{Cluster.Name}-net"], networks.Select(network => network.Key));
            // Both addresses are fixed. Otherwise the peers of a recreated pod would look for it at the hardware address of the former pod.
            var network = networks.Single().Value!;
            var numbers = network["IPAddress"]!.GetValue<string>().Split('.').Select(
                part => int.Parse(part, CultureInfo.InvariantCulture).ToString("x2", CultureInfo.InvariantCulture));
            Assert.Equal($"02:ca:{string.Join(':', numbers)}", network["MacAddress"]!.GetValue<string>());
            Assert.True((await Podman.ExecAsync(instance, "getent", "hosts", other)).Succeeded);
            Assert.True((await Podman.ExecAsync(instance, "pg_isready", "--host", other, "--quiet")).Succeeded);
        }
    }

    [Fact]
    public async Task Containers_have_no_privileges()
    {
        foreach (var instance in Instances)
        {
            var postmaster = await File.ReadAllLinesAsync(
                $"/proc/{await Podman.PostmasterAsync(instance)}/status", TestContext.Current.CancellationToken);
            Assert.DoesNotContain(postmaster, line => line.StartsWith("Uid:\t0\t", StringComparison.Ordinal));
            foreach (var set in new[] { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" })
            {
                Assert.Contains($"{set}:\t0000000000000000", postmaster);
            }

            Assert.Contains("NoNewPrivs:\t1", postmaster);
            var writing = await Podman.ExecAsync(instance, "sh", "-c", "touch /etc/somewhere");
            Assert.Contains("Read-only file system", writing.Errors, StringComparison.Ordinal);
        }
    }

    private Task<string> AskAsync(string instance, string sql, string user = "app") =>
        Psql.TextAsync(pair.Access.DsnOf(instance, user == "app" ? "" : $"user={user} dbname=postgres"), sql);
}
