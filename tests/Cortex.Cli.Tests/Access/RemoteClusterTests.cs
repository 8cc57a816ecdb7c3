using Cortex.Cli.LocalMachine;
using Cortex.Cli.Outcomes;

namespace Cortex.Cli.Tests.Access;

/// <summary>Commands on the clusters of a Kubernetes API that a kubeconfig names. They do not use this machine's Podman.</summary>
public sealed class RemoteClusterTests : IAsyncLifetime
{
    /// <summary>The hosts in the passfile: the service that finds the primary, and each instance.</summary>
    private static readonly string[] Hosts = ["rw", "pr", "s1"];

    private readonly CommandRunner cortex = new();
    private readonly PodmanSocket podman = new();
    private readonly RecordedPrograms programs = new();
    private RemoteApi api = null!;
    private string kubeconfig = null!;

    public async ValueTask InitializeAsync()
    {
        api = await RemoteApi.StartAsync(Samples.Cluster(Samples.Ready()));
        kubeconfig = cortex.File("kubeconfig", api.Kubeconfig);
    }

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        await cortex.DisposeAsync();
        podman.Dispose();
    }

    [Theory]
    [InlineData(ExitCodes.Done, "status")]
    [InlineData(ExitCodes.Done, "dsn")]
    [InlineData(ExitCodes.Done, "promote", "cortex-pr", "--no-wait")]
    [InlineData(ExitCodes.Changes, "plan", "-f", "postgres: {parameters: {max_connections: \"200\"}}")]
    [InlineData(ExitCodes.Changes, "plan", "-f", "image: registry.example/postgres:17.7")]
    [InlineData(ExitCodes.Failed, "psql")]
    [InlineData(ExitCodes.Failed, "psql", "--superuser")]
    [InlineData(ExitCodes.Failed, "logs", "cortex-pr")]
    public async Task Commands_on_a_remote_cluster_do_not_use_this_machines_Podman(int expected, params string[] arguments)
    {
        string[] given = arguments is ["plan", "-f", var spec]
            ? ["plan", "-f", cortex.File("cortex.yaml", $"{Samples.Yaml}  {spec}\n")]
            : arguments;

        Assert.Equal((expected, 0), (await RunAsync(given), podman.Connections));
    }

    [Fact]
    public async Task The_connection_string_names_the_service_and_the_files_of_that_API()
    {
        Assert.Equal(ExitCodes.Done, await RunAsync("dsn"));

        var folder = cortex.Context.State.ClientFiles($"127.0.0.1_{api.Address.Port}", "default", "cortex");
        Assert.Equal(
            $"host=cortex-rw.default.svc port=5432 dbname=app user=app target_session_attrs=read-write sslmode=verify-full "
            + $"sslrootcert={folder}/ca.crt connect_timeout=3 passfile={folder}/passfile\n",
            cortex.Output);
        Assert.Equal("-----BEGIN CERTIFICATE-----\n", await ReadAsync(folder, "ca.crt"));
        Assert.Equal(
            string.Concat(Hosts.Select(name => $"cortex-{name}.default.svc:5432:*:app:secret of version 1\n")),
            await ReadAsync(folder, "passfile"));
    }

    [Fact]
    public async Task A_changed_password_is_written_to_the_passfile()
    {
        await RunAsync("dsn");
        api.Password("secret of version 2", "2");
        await RunAsync("dsn");

        var folder = cortex.Context.State.ClientFiles($"127.0.0.1_{api.Address.Port}", "default", "cortex");
        Assert.Contains("version 2", await ReadAsync(folder, "passfile"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_without_a_password_has_no_credentials_yet()
    {
        api.Remove("/api/v1/namespaces/default/secrets/cortex-app");

        Assert.Equal(ExitCodes.Failed, await RunAsync("dsn"));
        Assert.Equal("cortex: default/cortex has no credentials yet\n  wait until status shows Ready\n", cortex.Error);
    }

    [Fact]
    public async Task A_plan_reports_its_assumption_about_an_image_that_it_cannot_examine()
    {
        await RunAsync("plan", "-f", cortex.File("cortex.yaml", $"{Samples.Yaml}  image: registry.example/postgres:17.7\n"));

        Assert.Contains(
            "registry.example/postgres:17.7 cannot be examined: the plan assumes PostgreSQL 17, as now",
            cortex.Error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "/bin/kubectl --kubeconfig FILE exec -n default -i cortex-s1 -c postgres -- env PSQL_HISTORY=/dev/null psql -h /var/lib/cortex/run "
            + "-U postgres -c x",
        "psql",
        "--superuser",
        "--",
        "-c",
        "x")]
    [InlineData(
        "/bin/kubectl --kubeconfig FILE logs -n default --tail 7 --follow cortex-pr -c postgres", "logs", "cortex-pr", "-f", "--tail", "7")]
    public async Task Psql_and_logs_in_a_pod_run_through_kubectl(string expected, params string[] arguments)
    {
        Assert.SkipUnless(
            System.Console.IsInputRedirected || System.Console.IsOutputRedirected, "on a terminal, psql also gets the terminal");
        await RunAsync(arguments);

        Assert.Equal(expected, programs.Executed?.Replace(kubeconfig, "FILE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_missing_kubectl_is_reported()
    {
        programs.Installed = false;

        Assert.Equal(ExitCodes.Failed, await RunAsync("logs", "cortex-pr"));
        Assert.StartsWith("cortex: kubectl is not installed\n", cortex.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_kubeconfig_of_the_embedded_API_selects_this_machines_Podman()
    {
        await cortex.ServeAsync();
        await cortex.RunAsync("apply", "-f", cortex.File("cortex.yaml", Samples.Yaml));
        kubeconfig = cortex.Context.State.Kubeconfig;

        Assert.Equal(ExitCodes.Failed, await RunAsync("dsn"));
        Assert.NotEqual(0, podman.Connections);
    }

    private Task<int> RunAsync(params string[] arguments)
    {
        // Arguments after -- are for another program.
        var own = arguments.TakeWhile(word => word != "--").ToArray();
        var context = cortex.Context with { Podman = podman.Options, Programs = programs };
        return cortex.RunAsync(
            context, TestContext.Current.CancellationToken, [.. own, "--kubeconfig", kubeconfig, .. arguments.Skip(own.Length)]);
    }

    private static Task<string> ReadAsync(string folder, string file) =>
        File.ReadAllTextAsync(Path.Combine(folder, file), TestContext.Current.CancellationToken);

    /// <summary>Records programs instead of executing them.</summary>
    private sealed class RecordedPrograms : IPrograms
    {
        public bool Installed { get; set; } = true;

        public string? Executed { get; private set; }

        public string? Find(string name) => Installed ? $"/bin/{name}" : null;

        public void Exec(string path, IReadOnlyList<string> arguments, params string[] without) =>
            Executed = string.Join(' ', [path, .. arguments]);
    }
}
