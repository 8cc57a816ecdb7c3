using System.Reflection;
using Cortex.Cli.Access;
using Cortex.Cli.Api;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Secrets;
using Cortex.Engine.Targets;
using Cortex.Operator.LocalState;

namespace Cortex.Cli.Tests.Access;

public sealed class ClientAccessTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cortex-access-").FullName;
    private readonly Secrets target;
    private readonly ClientAccess access;
    private readonly CortexCluster cluster = new() { Metadata = new() { Name = "cortex", NamespaceProperty = "default" } };

    public ClientAccessTests()
    {
        var proxy = DispatchProxy.Create<IExecutionTarget, Secrets>();
        target = (Secrets)proxy;
        access = new ClientAccess(new StateDirectory(Path.Combine(folder, "state")), new PodmanCredentials(proxy, proxy, proxy));
    }

    [Fact]
    public void Passfile_lines_name_every_server_and_escape_separators()
    {
        Assert.Equal(
            "127.0.0.1:5432:*:app:a\\:b\\\\c\n\\:\\:1:5433:*:app:a\\:b\\\\c\n",
            ClientAccess.PassLines([new Endpoint("127.0.0.1", 5432), new Endpoint("::1", 5433)], "app", "a:b\\c"));
    }

    /// <summary>A target knows the addresses of pods after it has listed them; before that it returns the addresses of the spec.</summary>
    [Fact]
    public async Task The_addresses_of_servers_are_those_of_their_pods()
    {
        target.PodAddress = "192.0.2.1";

        Assert.StartsWith("192.0.2.1:5432:*:app:", (await ExportAsync()).Passfile, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_servers_include_a_primary_beyond_spec_instances()
    {
        cluster.Spec = cluster.Spec with { Instances = 1 };
        cluster.Status = new ClusterStatus { Primary = "cortex-s1" };

        Assert.Contains("127.0.0.1:5433:*:app:", (await ExportAsync()).Passfile, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_are_not_read_again_while_the_files_are_up_to_date()
    {
        var first = await ExportAsync();
        var again = await ExportAsync();

        Assert.Equal(1, target.Reads);
        Assert.Equal(first, again);
    }

    [Fact]
    public async Task Files_are_written_again_after_a_change_of_password_servers_or_owner_and_after_an_edit()
    {
        await ExportAsync();
        target.Version = 2;
        Assert.Contains("of version 2", (await ExportAsync()).Passfile, StringComparison.Ordinal);
        cluster.Spec = cluster.Spec with { Instances = 3 };
        Assert.Contains(":5434:*:app:", (await ExportAsync()).Passfile, StringComparison.Ordinal);
        cluster.Spec = cluster.Spec with { Database = cluster.Spec.Database with { Owner = "keeper" } };
        Assert.Contains(":*:keeper:", (await ExportAsync()).Passfile, StringComparison.Ordinal);
        Assert.Equal(4, target.Reads);

        File.AppendAllText(access.Files(cluster.Key()).Passfile, "mine");
        Assert.DoesNotContain("mine", (await ExportAsync()).Passfile, StringComparison.Ordinal);
        File.Delete(access.Files(cluster.Key()).Certificate);
        Assert.Contains("BEGIN CERTIFICATE", (await ExportAsync()).Certificate, StringComparison.Ordinal);
        Assert.Equal(6, target.Reads);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<(string Certificate, string Passfile)> ExportAsync()
    {
        await access.ExportAsync(cluster, TestContext.Current.CancellationToken);
        var (certificate, passfile) = access.Files(cluster.Key());
        return (await File.ReadAllTextAsync(certificate, TestContext.Current.CancellationToken),
            await File.ReadAllTextAsync(passfile, TestContext.Current.CancellationToken));
    }

    /// <summary>A target with the two secrets that a client needs. It counts the reads of secrets.</summary>
    public class Secrets : DispatchProxy
    {
        private static readonly byte[] Authority = PairFile.Write(
            new KeyPair("-----BEGIN CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----"));

        private const string SpecAddress = "127.0.0.1";

        public int Version { get; set; } = 1;

        public int Reads { get; private set; }

        /// <summary>The address of the pods, which the target returns after it has listed them.</summary>
        public string PodAddress { get; set; } = SpecAddress;

        private string known = SpecAddress;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod?.Name)
            {
                case nameof(IExecutionTarget.ListAsync):
                    known = PodAddress;
                    return Task.FromResult(Inventory.Empty with
                    {
                        Secrets =
                        [
                            new(Names.ApplicationSecret("cortex"), $"a{Version}"), new(Names.CaSecret("cortex"), "c"), new("another", "o"),
                        ],
                    });
                case nameof(IExecutionTarget.AddressOf):
                    return new InstanceAddress(known, 5432 + Names.IndexOf("cortex", (string)args![2]!)!.Value);
                case nameof(IExecutionTarget.ReadSecretsAsync):
                    Reads++;
                    return Task.FromResult<IReadOnlyDictionary<string, byte[]>>(new Dictionary<string, byte[]>
                    {
                        [Names.CaSecret("cortex")] = Authority,
                        [Names.ApplicationSecret("cortex")] = System.Text.Encoding.UTF8.GetBytes($"of version {Version}"),
                    });
                default:
                    throw new NotSupportedException(targetMethod?.Name);
            }
        }
    }
}
