using Cortex.Cli.LocalMachine;
using Cortex.Cli.Outcomes;

namespace Cortex.Operator.Tests.Access;

/// <summary>Commands on the clusters of a Kubernetes that a kubeconfig names, on a machine whose Podman has nothing to do with them.</summary>
public sealed class RemoteClusterTests : IAsyncLifetime
{
    /// <summary>Of the passfile: the service that finds the primary, and each instance.</summary>
    private static readonly string[] Hosts = ["rw", "pr", "s1"];

    private readonly Workplace place = new();
    private readonly PodmanSocket podman = new();
    private readonly RecordedPrograms programs = new();
    private RemoteApi api = null!;
    private string kubeconfig = null!;

    public async ValueTask InitializeAsync()
    {
        api = await RemoteApi.StartAsync(Samples.Cluster(Samples.Ready()));
        kubeconfig = place.File("kubeconfig", api.Kubeconfig);
    }

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        await place.DisposeAsync();
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
    public async Task This_machines_Podman_is_not_asked(int expected, params string[] arguments)
    {
        string[] given = arguments is ["plan", "-f", var spec]
            ? ["plan", "-f", place.File("cortex.yaml", $"{Samples.Yaml}  {spec}\n")]
            : arguments;

        Assert.Equal((expected, 0), (await RunAsync(given), podman.Connections));
    }

    [Fact]
    public async Task The_connection_string_names_the_service_and_the_files_are_those_of_that_API()
    {
        Assert.Equal(ExitCodes.Done, await RunAsync("dsn"));

        var folder = place.Here.State.ClientFiles($"127.0.0.1_{api.Address.Port}", "default", "cortex");
        Assert.Equal(
            $"host=cortex-rw.default.svc port=5432 dbname=app user=app target_session_attrs=read-write sslmode=verify-full "
            + $"sslrootcert={folder}/ca.crt connect_timeout=3 passfile={folder}/passfile\n",
            place.Output);
        Assert.Equal("-----BEGIN CERTIFICATE-----\n", await ReadAsync(folder, "ca.crt"));
        Assert.Equal(
            string.Concat(Hosts.Select(name => $"cortex-{name}.default.svc:5432:*:app:secret of version 1\n")),
            await ReadAsync(folder, "passfile"));
    }

    [Fact]
    public async Task A_changed_password_is_written_anew()
    {
        await RunAsync("dsn");
        api.Password("secret of version 2", "2");
        await RunAsync("dsn");

        var folder = place.Here.State.ClientFiles($"127.0.0.1_{api.Address.Port}", "default", "cortex");
        Assert.Contains("version 2", await ReadAsync(folder, "passfile"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_without_a_password_has_no_credentials_yet()
    {
        api.Remove("/api/v1/namespaces/default/secrets/cortex-app");

        Assert.Equal(ExitCodes.Failed, await RunAsync("dsn"));
        Assert.Equal("cortex: default/cortex has no credentials yet\n  wait until status says Ready\n", place.Error);
    }

    [Fact]
    public async Task A_plan_says_what_it_takes_of_an_image_that_it_does_not_look_into()
    {
        await RunAsync("plan", "-f", place.File("cortex.yaml", $"{Samples.Yaml}  image: registry.example/postgres:17.7\n"));

        Assert.Contains("registry.example/postgres:17.7 is not looked into: the plan takes it to have PostgreSQL 17, as now", place.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/bin/kubectl --kubeconfig FILE exec -n default -i cortex-s1 -c postgres -- env PSQL_HISTORY=/dev/null psql -h /var/lib/cortex/run -U postgres -c x", "psql", "--superuser", "--", "-c", "x")]
    [InlineData("/bin/kubectl --kubeconfig FILE logs -n default --tail 7 --follow cortex-pr -c postgres", "logs", "cortex-pr", "-f", "--tail", "7")]
    public async Task What_runs_in_a_pod_is_reached_through_kubectl(string expected, params string[] arguments)
    {
        Assert.SkipUnless(System.Console.IsInputRedirected || System.Console.IsOutputRedirected, "on a terminal psql gets the terminal, too");
        await RunAsync(arguments);

        Assert.Equal(expected, programs.Became?.Replace(kubeconfig, "FILE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_kubectl_that_is_said()
    {
        programs.Installed = false;

        Assert.Equal(ExitCodes.Failed, await RunAsync("logs", "cortex-pr"));
        Assert.StartsWith("cortex: kubectl is not installed\n", place.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_embedded_API_has_its_clusters_on_this_machine_also_where_its_kubeconfig_is_named()
    {
        await place.ServeAsync();
        await place.RunAsync("apply", "-f", place.File("cortex.yaml", Samples.Yaml));
        kubeconfig = place.Here.State.Kubeconfig;

        Assert.Equal(ExitCodes.Failed, await RunAsync("dsn"));
        Assert.NotEqual(0, podman.Connections);
    }

    private Task<int> RunAsync(params string[] arguments)
    {
        // What comes after -- is for another program.
        var own = arguments.TakeWhile(word => word != "--").ToArray();
        var here = place.Here with { Podman = podman.Options, Programs = programs };
        return place.RunAsync(here, TestContext.Current.CancellationToken, [.. own, "--kubeconfig", kubeconfig, .. arguments.Skip(own.Length)]);
    }

    private static Task<string> ReadAsync(string folder, string file) =>
        File.ReadAllTextAsync(Path.Combine(folder, file), TestContext.Current.CancellationToken);

    /// <summary>Programs that are remembered instead of started.</summary>
    private sealed class RecordedPrograms : IPrograms
    {
        public bool Installed { get; set; } = true;

        public string? Became { get; private set; }

        public string? Find(string name) => Installed ? $"/bin/{name}" : null;

        public void Become(string path, IReadOnlyList<string> arguments, params string[] without) =>
            Became = string.Join(' ', [path, .. arguments]);
    }
}
