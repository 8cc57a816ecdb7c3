using System.Text;
using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>Backups and WAL are kept in a bucket, encrypted, with secrets that only users make.</summary>
[Trait("Tier", "podman")]
[Trait("Story", "EveryTarget")]
public sealed class S3BackupTests
{
    private const string Passphrase = "correct horse # battery = staple";
    private const string AllRows = "select number from appended order by number";

    [Fact]
    public async Task A_bucket_survives_wrong_credentials_and_an_outage_and_is_restored_from()
    {
        await using var volume = await BackupVolume.MakeAsync();
        await using var network = await S3Network.StartAsync(volume.Image);
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var credentials = new UserSecret(cortex.Target);
        await using var authority = new UserSecret(cortex.Target);
        await using var passphrase = new UserSecret(cortex.Target);
        await authority.StoreAsync((SecretEntries.Authority, network.AuthorityPem));
        await passphrase.StoreAsync((SecretEntries.Passphrase, $"{Passphrase}\n"));
        var bucket = $"{{endpoint: \"{network.Server.Endpoint}\", bucket: {S3Server.Bucket}, region: {S3Server.Region}, path: of/tests, "
            + $"uriStyle: Path, credentialsSecret: {credentials.Name}, caSecret: {authority.Name}}}";
        var spec = $"image: {volume.Image}\n"
            + $"backup: {{repository: {{s3: {bucket}}}, encryption: {{passphraseSecret: {passphrase.Name}}}}}";
        await using var source = await cortex.CreateAsync(spec);
        await Archive.FailsAsync(
            source,
            Reasons.SecretMissing,
            cortex.Target.MakeSecretCommand(credentials.Name, SecretEntries.AccessKey, SecretEntries.SecretKey));
        await credentials.StoreAsync(Credentials(network.Server.SecretKey));
        await Archive.HasAsync(source);
        var access = await source.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int); insert into appended values (1)");
        await BackupVolume.BackUpAsync(source, $"{source.Name}-first");

        await credentials.StoreAsync(Credentials("wrong"));
        await UntilLoadedAsync(source, "wrong");
        await Archive.SwitchAsync(source, await source.AccessAsync());
        await Archive.FailsAsync(source, Reasons.ArchivingFails, "SignatureDoesNotMatch");
        await credentials.StoreAsync(Credentials(network.Server.SecretKey));
        await Archive.HasAsync(source);

        network.Server.Fault = 503;
        await Psql.TextAsync(access.Dsn, "insert into appended values (2)");
        var (refused, segment) = (network.Server.Refused, await Archive.SwitchAsync(source, await source.AccessAsync()));
        await Eventually.HoldsAsync(
            "uploads are refused", () => Task.FromResult(network.Server.Refused > refused + 2), source.DescribeAsync);
        network.Server.Fault = null;
        await Archive.HasAsync(source, segment);

        await cortex.Kubectl.TextAsync("annotate", "cx", source.Name, $"{Annotations.VerifyBackup}=now");
        await using var target = cortex.NewCluster();
        await target.ApplyAsync($"{spec}\ninstances: 1\nbootstrap: {{fromBackup: {{cluster: {source.Name}}}}}");
        await target.ReadyAsync();
        await source.UntilAsync("the restore test succeeds", now => Cluster.Is(now.Status, ConditionTypes.BackupVerified, "True"));
        Assert.Equal("1\n2", await Psql.TextAsync((await target.AccessAsync()).Dsn, AllRows));
        await Archive.HasAsync(target);
        await AssertPrivateAsync(cortex, source, network.Server.SecretKey);
        string[] folders = [(await source.StatusAsync()).Backup!.Folder!, (await target.StatusAsync()).Backup!.Folder!];
        AssertObjects(network.Server, cortex.Target.Namespace, folders);
    }

    private static (string Entry, string Value)[] Credentials(string secretKey) =>
        [(SecretEntries.AccessKey, S3Server.AccessKey), (SecretEntries.SecretKey, secretKey)];

    private static Task UntilLoadedAsync(Cluster cluster, string secretKey) => Eventually.HoldsAsync(
        "the credentials are in the volume",
        async () => (await cluster.Target.ExecAsync(
            cluster.Primary, "grep", "-q", $"^repo1-s3-key-secret={secretKey}$", RepositoryFile.Path)).Succeeded,
        cluster.DescribeAsync);

    /// <summary>The secrets are in a file of the instances' user, and nowhere else that the operator or the target shows.</summary>
    private static async Task AssertPrivateAsync(OperatorUnderTest cortex, Cluster cluster, string secretKey)
    {
        string[] see = ["sh", "-c", $"stat -c '%a %U' {RepositoryFile.Path}; grep cipher-pass {RepositoryFile.Path}"];
        foreach (var instance in new[] { cluster.Primary, cluster.Standby })
        {
            var seen = (await cluster.Target.ExecAsync(instance, see)).Text().Trim();
            Assert.Equal($"600 postgres\nrepo1-cipher-pass={Passphrase}", seen);
        }

        string[] places =
        [
            cortex.Log,
            await cluster.Target.ShownAsync(cluster.Name),
            await cortex.Kubectl.TextAsync("get", "cx,cxb,events", "-o", "yaml"),
        ];
        Assert.All(places, place => Assert.Contains(cluster.Name, place, StringComparison.Ordinal));
        Assert.All(new[] { Passphrase, secretKey }, secret =>
            Assert.All(places, place => Assert.DoesNotContain(secret, place, StringComparison.Ordinal)));
    }

    /// <summary>Each cluster has its own folder with its mark, and everything else is encrypted.</summary>
    private static void AssertObjects(S3Server server, string ns, params string[] folders)
    {
        foreach (var folder in folders)
        {
            var mark = Assert.Contains($"of/tests/{folder}/cortex-cluster", server.Objects);
            Assert.StartsWith($"{ns}/", Encoding.UTF8.GetString(mark), StringComparison.Ordinal);
            Assert.Contains(server.Objects.Keys, key => key.StartsWith($"of/tests/{folder}/archive/", StringComparison.Ordinal));
        }

        var others = server.Objects.Where(entry => !entry.Key.EndsWith("/cortex-cluster", StringComparison.Ordinal));
        Assert.All(others, entry => Assert.Equal("Salted__", Encoding.ASCII.GetString(entry.Value, 0, 8)));
    }
}
