using Cortex.Cli.Api;
using Cortex.Cli.Files;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Core.Api;
using Cortex.Core.Restoring;

namespace Cortex.Cli.Tests.Commands;

/// <summary><c>cortex restore</c> prints a cluster that runs beside the one that was backed up.</summary>
public sealed class RestoreTests
{
    private static readonly ClusterSpec Spec = new()
    {
        Promote = "cortex-s1",
        Instances = 3,
        Database = new() { Name = "shop", Owner = "shop" },
        Postgres = new() { Parameters = new Dictionary<string, string> { ["work_mem"] = "8MB", ["max_connections"] = "200" } },
        Backup = new()
        {
            Repository = new() { Directory = new() { Volume = "backups" } },
            Schedule = new() { Full = "0 2 * * 0", TimeZone = "Europe/Berlin" },
        },
    };

    [Fact]
    public void The_backups_of_an_earlier_cluster_are_named_by_their_folder_in_the_same_repository()
    {
        var encrypted = Source(Spec with { Backup = Spec.Backup! with { Encryption = new() { PassphraseSecret = "passphrase" } } });
        var yaml = RestoredCluster.Render(
            encrypted, "rescued", RestoredCluster.From(encrypted, new(), folder: "default/cortex/1"), [encrypted]);

        Assert.EndsWith(
            """
              bootstrap:
                fromBackup:
                  repository:
                    directory:
                      volume: backups
                  folder: default/cortex/1
                  encryption:
                    passphraseSecret: passphrase

            """,
            yaml,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_new_cluster_has_the_settings_of_the_source_and_ports_and_a_name_of_its_own()
    {
        var from = RestoredCluster.From(Source(Spec), new() { Time = "2026-01-31T12:00:00Z" }, folder: null);
        var yaml = RestoredCluster.Render(Source(Spec), "rescued", from, [Source(Spec)]);

        Assert.Equal(
            """
            apiVersion: cortex.bicameral.dev/v1alpha1
            kind: CortexCluster
            metadata:
              name: rescued
              namespace: default
            spec:
              instances: 3
              postgres:
                parameters:
                  work_mem: 8MB
                  max_connections: "200"
              database:
                name: shop
                owner: shop
              backup:
                repository:
                  directory:
                    volume: backups
                schedule:
                  full: 0 2 * * 0
                  timeZone: Europe/Berlin
              podman:
                basePort: 5441
              bootstrap:
                fromBackup:
                  cluster: cortex
                  target:
                    time: 2026-01-31T12:00:00Z

            """,
            yaml);
        var read = ValidatedCluster.From(Manifests.Parse(yaml, "a test")[0]).Spec;
        Assert.Equal(
            Spec with { Promote = null },
            read with { Podman = new(), Kubernetes = Spec.Kubernetes, Bootstrap = null, Postgres = Spec.Postgres });
        Assert.Equal(Spec.Postgres.Parameters, read.Postgres.Parameters);
    }

    [Fact]
    public void Its_ports_are_those_of_no_other_cluster()
    {
        List<CortexCluster> others = [At(5432), At(5445), At(5460)];

        Assert.Equal(5469, RestoredCluster.FreePort(others[0], others));
    }

    [Theory]
    [InlineData("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z")]
    [InlineData("2026-01-31 12:00:00.123456+00", "2026-01-31T12:00:00.123456Z")]
    [InlineData("2026-01-31 12:00 +02:00", "2026-01-31T10:00:00Z")]
    [InlineData("2026-01-31 12:00:00", null)]
    [InlineData("yesterday", null)]
    [InlineData("2026-02-30T12:00:00Z", null)]
    public void A_moment_is_taken_as_people_and_PostgreSQL_write_it_with_its_time_zone(string text, string? moment) =>
        Assert.Equal(moment, Moments.Read(text) is { } read ? RestoreRequest.Text(read) : null);

    [Fact]
    public async Task What_cannot_be_restored_is_refused_before_anything_is_printed()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("restore", "cortex", "--to", "rescued"));
        Assert.Contains("there is no cluster cortex", cortex.Error, StringComparison.Ordinal);
        await cortex.RunAsync("apply", "-f", cortex.File("cortex.yaml", Manifest("")));

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("restore", "cortex", "--to", "rescued"));
        Assert.Contains("cortex has no repository for backups", cortex.Error, StringComparison.Ordinal);
        const string backup = "spec: {backup: {repository: {directory: {volume: backups}}}}";
        await cortex.RunAsync("apply", "-f", cortex.File("cortex.yaml", Manifest(backup)));

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("restore", "cortex", "--to", "rescued"));
        Assert.Contains("cortex has no backup yet", cortex.Error, StringComparison.Ordinal);
        Assert.Empty(cortex.Output);
        Assert.Equal(ExitCodes.BadUsage, await cortex.RunAsync("restore", "cortex", "--to", "rescued", "--time", "noon"));
    }

    private static string Manifest(string spec) =>
        $"apiVersion: cortex.bicameral.dev/v1alpha1\nkind: CortexCluster\nmetadata: {{name: cortex}}\n"
            + $"{(spec.Length > 0 ? spec : "spec: {}")}\n";

    private static CortexCluster At(int port) => Source(Spec with { Podman = new() { BasePort = port } });

    private static CortexCluster Source(ClusterSpec spec) =>
        new() { Metadata = new() { Name = "cortex", NamespaceProperty = "default" }, Spec = spec };
}
