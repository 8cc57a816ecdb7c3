using System.Text;
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
    private readonly Secrets target = new();
    private readonly ClientAccess access;
    private readonly CortexCluster cluster = new() { Metadata = new() { Name = "cortex", NamespaceProperty = "default" } };

    public ClientAccessTests() =>
        access = new ClientAccess(new StateDirectory(Path.Combine(folder, "state")), new PodmanCredentials(target, target, target));

    [Fact]
    public void Passfile_lines_name_every_server_and_escape_separators()
    {
        Assert.Equal(
            "127.0.0.1:5432:*:app:a\\:b\\\\c\n\\:\\:1:5433:*:app:a\\:b\\\\c\n",
            ClientAccess.PassLines([new Endpoint("127.0.0.1", 5432), new Endpoint("::1", 5433)], "app", "a:b\\c"));
    }

    /// <summary>
    /// A target knows the addresses of pods after it has looked for them; before that it returns the addresses of the spec.
    /// </summary>
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
    public async Task Files_are_written_again_after_a_change_of_password_authority_servers_or_owner_and_after_an_edit()
    {
        await ExportAsync();
        target.PasswordVersion = 2;
        Assert.Contains("of version 2", (await ExportAsync()).Passfile, StringComparison.Ordinal);
        target.AuthorityVersion = 2;
        Assert.Contains("\n2\n", (await ExportAsync()).Certificate, StringComparison.Ordinal);
        cluster.Spec = cluster.Spec with { Instances = 3 };
        Assert.Contains(":5434:*:app:", (await ExportAsync()).Passfile, StringComparison.Ordinal);
        cluster.Spec = cluster.Spec with { Database = cluster.Spec.Database with { Owner = "keeper" } };
        Assert.Contains(":*:keeper:", (await ExportAsync()).Passfile, StringComparison.Ordinal);
        Assert.Equal(5, target.Reads);

        File.AppendAllText(access.Files(cluster.Key()).Passfile, "mine");
        Assert.DoesNotContain("mine", (await ExportAsync()).Passfile, StringComparison.Ordinal);
        File.Delete(access.Files(cluster.Key()).Certificate);
        Assert.Contains("BEGIN CERTIFICATE", (await ExportAsync()).Certificate, StringComparison.Ordinal);
        Assert.Equal(7, target.Reads);
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
    private sealed class Secrets : IClientInventory, ISecretStore, IAddresses
    {
        private const string SpecAddress = "127.0.0.1";

        private string known = SpecAddress;

        public int PasswordVersion { get; set; } = 1;

        public int AuthorityVersion { get; set; } = 1;

        public int Reads { get; private set; }

        /// <summary>The address of the pods, which the target returns after it has looked for them.</summary>
        public string PodAddress { get; set; } = SpecAddress;

        public Task<IReadOnlyList<SecretSeen>> LookForClientAsync(ClusterKey cluster, CancellationToken ct)
        {
            known = PodAddress;
            return Task.FromResult<IReadOnlyList<SecretSeen>>(
            [
                new(Names.ApplicationSecret("cortex"), $"a{PasswordVersion}"),
                new(Names.CaSecret("cortex"), $"c{AuthorityVersion}"),
                new("another", $"o{Reads}"),
            ]);
        }

        public InstanceAddress AddressOf(ClusterKey cluster, ClusterSpec spec, string instance) =>
            new(known, 5432 + Names.IndexOf("cortex", instance)!.Value);

        public Task<IReadOnlyDictionary<string, byte[]>> ReadSecretsAsync(
            ClusterKey cluster, string image, IReadOnlyList<string> names, CancellationToken ct)
        {
            Reads++;
            var authority = new KeyPair(
                $"-----BEGIN CERTIFICATE-----\n{AuthorityVersion}\n-----END CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----");
            return Task.FromResult<IReadOnlyDictionary<string, byte[]>>(new Dictionary<string, byte[]>
            {
                [Names.CaSecret("cortex")] = PairFile.Write(authority),
                [Names.ApplicationSecret("cortex")] = Encoding.UTF8.GetBytes($"of version {PasswordVersion}"),
            });
        }

        public Task StoreSecretAsync(ClusterKey cluster, string name, ReadOnlyMemory<byte> content, CancellationToken ct) =>
            throw new NotSupportedException("a command stores no secrets");

        public Task<IReadOnlyDictionary<string, string>> VersionsAsync(
            ClusterKey cluster, IReadOnlyList<string> names, CancellationToken ct) =>
            throw new NotSupportedException("a command reads no secrets of users");

        public Task DeleteSecretAsync(ClusterKey cluster, string name, CancellationToken ct) =>
            throw new NotSupportedException("a command deletes no secrets");
    }
}
