using System.Text;
using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>Backups and WAL are kept in a bucket, encrypted.</summary>
[Trait("Tier", "podman")]
public sealed class S3BackupTests
{
    private const string AllRows = "select number from appended order by number";

    [Fact]
    public async Task A_bucket_survives_wrong_credentials_and_an_outage_and_is_restored_from()
    {
        await using var volume = await BackupVolume.MakeAsync();
        await using var network = await S3Network.StartAsync(volume.Image);
        await using var credentials = new UserSecret();
        await using var authority = new UserSecret();
        await using var passphrase = new UserSecret();
        await authority.StoreAsync(network.AuthorityPem);
        await passphrase.StoreAsync("correct horse battery staple\n");
        await credentials.StoreAsync(Credentials(network.Server.SecretKey));
        var bucket = $"{{endpoint: \"{network.Server.Endpoint}\", bucket: {S3Server.Bucket}, region: {S3Server.Region}, path: of/tests, "
            + $"uriStyle: Path, credentialsSecret: {credentials.Name}, caSecret: {authority.Name}}}";
        var spec = $"image: {volume.Image}\ninstances: 1\n"
            + $"backup: {{repository: {{s3: {bucket}}}, encryption: {{passphraseSecret: {passphrase.Name}}}}}";
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var source = await cortex.CreateAsync(spec);
        await Archive.HasAsync(source);
        var access = await source.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int); insert into appended values (1)");
        await BackupVolume.BackUpAsync(source, $"{source.Name}-first");

        await credentials.StoreAsync(Credentials("wrong"));
        await UntilLoadedAsync(source, "wrong");
        await Archive.SwitchAsync(source, await source.AccessAsync());
        await source.UntilAsync(
            "the refusal is reported",
            now => Cluster.Condition(now.Status, ConditionTypes.Archiving) is { Reason: Reasons.ArchivingFails } condition
                && condition.Message.Contains("SignatureDoesNotMatch", StringComparison.Ordinal));
        await credentials.StoreAsync(Credentials(network.Server.SecretKey));
        await Archive.HasAsync(source);

        network.Server.Fault = 503;
        await Psql.TextAsync(access.Dsn, "insert into appended values (2)");
        var (refused, segment) = (network.Server.Refused, await Archive.SwitchAsync(source, await source.AccessAsync()));
        await Eventually.HoldsAsync(
            "uploads are refused", () => Task.FromResult(network.Server.Refused > refused + 2), source.DescribeAsync);
        network.Server.Fault = null;
        await Archive.HasAsync(source, segment);

        var verified = await cortex.CommandAsync("", "verify-backup", source.Name);
        Assert.True(verified.Succeeded, verified.Said);
        await using var target = cortex.NewCluster();
        await target.ApplyAsync($"{spec}\nbootstrap: {{fromBackup: {{cluster: {source.Name}}}}}");
        await target.ReadyAsync();
        Assert.Equal("1\n2", await Psql.TextAsync((await target.AccessAsync()).Dsn, AllRows));
        await Archive.HasAsync(target);
        AssertObjects(network.Server, (await source.StatusAsync()).Backup!.Folder!, (await target.StatusAsync()).Backup!.Folder!);
    }

    private static string Credentials(string secretKey) => $"accessKey: {S3Server.AccessKey}\nsecretKey: {secretKey}\n";

    private static Task UntilLoadedAsync(Cluster cluster, string secretKey) => Eventually.HoldsAsync(
        "the credentials are in the volume",
        async () => (await Podman.ExecAsync(
            cluster.Primary, "grep", "-q", $"^repo1-s3-key-secret={secretKey}$", "/var/lib/cortex/conf/pgbackrest.conf")).Succeeded,
        cluster.DescribeAsync);

    /// <summary>Each cluster has its own folder with its mark, and everything else is encrypted.</summary>
    private static void AssertObjects(S3Server server, params string[] folders)
    {
        foreach (var folder in folders)
        {
            var mark = Assert.Contains($"of/tests/{folder}/cortex-cluster", server.Objects);
            Assert.StartsWith("default/", Encoding.UTF8.GetString(mark), StringComparison.Ordinal);
            Assert.Contains(server.Objects.Keys, key => key.StartsWith($"of/tests/{folder}/archive/", StringComparison.Ordinal));
        }

        var others = server.Objects.Where(entry => !entry.Key.EndsWith("/cortex-cluster", StringComparison.Ordinal));
        Assert.All(others, entry => Assert.Equal("Salted__", Encoding.ASCII.GetString(entry.Value, 0, 8)));
    }
}
