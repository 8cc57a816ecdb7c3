using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>Backups and WAL are encrypted with a passphrase that only the user's secret has.</summary>
[Trait("Tier", "podman")]
public sealed class EncryptedBackupTests
{
    private const string Passphrase = "correct horse # battery = staple";
    private const string AllRows = "select number from appended order by number";

    [Fact]
    public async Task Nothing_is_archived_without_the_passphrase_and_everything_is_restored_with_it()
    {
        await using var volume = await BackupVolume.MakeAsync();
        await using var cortex = await OperatorUnderTest.StartAsync("--log-level", "Debug");
        await using var secret = new UserSecret(cortex.Target);
        await using var source = await cortex.CreateAsync(Spec(volume, secret, instances: 2));

        await Archive.FailsAsync(source, Reasons.SecretMissing, $"podman secret create {secret.Name} FILE");
        await Archive.SwitchAsync(source, await source.AccessAsync());
        await source.UntilAsync("the archiver fails", now => now.Status?.Backup?.Archive?.FailingSince is not null);
        Assert.Equal("", await volume.FilesAsync());

        await secret.StoreAsync((SecretEntries.Passphrase, $"{Passphrase}\n"));
        await Archive.HasAsync(source);
        await Psql.TextAsync((await source.AccessAsync()).Dsn, "create table appended (number int); insert into appended values (1)");
        await BackupVolume.BackUpAsync(source, $"{source.Name}-first");
        await AssertEncryptedAsync(volume);
        await AssertPrivateAsync(cortex, source);

        await secret.StoreAsync((SecretEntries.Passphrase, "another passphrase"));
        await Archive.FailsAsync(source, Reasons.EncryptionMismatch, $"in the secret {secret.Name}", "cannot be changed");
        await secret.StoreAsync((SecretEntries.Passphrase, Passphrase));
        await Psql.TextAsync((await source.AccessAsync()).Dsn, "insert into appended values (2)");
        var segment = await Archive.SwitchAsync(source, await source.AccessAsync());
        await Archive.HasAsync(source, segment);
        var verified = await cortex.CommandAsync("", "verify-backup", source.Name);
        Assert.True(verified.Succeeded, verified.Said);

        await using var target = cortex.NewCluster();
        var folder = (await source.StatusAsync()).Backup!.Folder!;
        var from = $"repository: {{directory: {{volume: {volume.Name}}}}}, folder: {folder}";
        await target.ApplyAsync($"{Spec(volume, secret, instances: 1)}\nbootstrap: {{fromBackup: {{{from}}}}}");
        await target.NotReadyAsync(Reasons.RestoreRefused, "cannot be opened without a passphrase", "encryption.passphraseSecret");
        await target.PatchAsync(
            $$"""{"spec":{"bootstrap":{"fromBackup":{"encryption":{"passphraseSecret":"{{secret.Name}}"} } } } }""");
        await target.ReadyAsync();
        Assert.Equal("1\n2", await Psql.TextAsync((await target.AccessAsync()).Dsn, AllRows));
        await Archive.HasAsync(target);
        await AssertEncryptedAsync(volume);
    }

    private static string Spec(BackupVolume volume, UserSecret secret, int instances) =>
        $"image: {volume.Image}\ninstances: {instances}\n"
            + $"backup: {{repository: {{directory: {{volume: {volume.Name}}}}}, encryption: {{passphraseSecret: {secret.Name}}}}}";

    /// <summary>Every file begins as OpenSSL's encrypted files do, but for the one that says whose the folder is.</summary>
    private static async Task AssertEncryptedAsync(BackupVolume volume)
    {
        var files = (await volume.FilesAsync()).Split('\n');
        Assert.Contains(files, file => file.EndsWith("Salted__", StringComparison.Ordinal));
        Assert.All(files, file => Assert.Matches("/cortex-cluster default/|Salted__$", file));
    }

    /// <summary>The passphrase is in a file of the instances' user, and nowhere else that the operator or Podman shows.</summary>
    private static async Task AssertPrivateAsync(OperatorUnderTest cortex, Cluster cluster)
    {
        foreach (var instance in new[] { cluster.Primary, cluster.Standby })
        {
            string[] see = ["sh", "-c", "cd /var/lib/cortex/conf; stat -c '%a %U' pgbackrest.conf; grep cipher-pass pgbackrest.conf"];
            Assert.Equal($"600 postgres\nrepo1-cipher-pass={Passphrase}", await Podman.TextAsync(["exec", $"{instance}-postgres", .. see]));
        }

        string[] places =
        [
            cortex.Log,
            await Podman.TextAsync("inspect", $"{cluster.Primary}-postgres"),
            await Podman.TextAsync("logs", $"{cluster.Primary}-postgres"),
            await cortex.Kubectl.TextAsync("get", "cx,cxb,events", "-o", "yaml"),
        ];
        Assert.All(places, place => Assert.Contains(cluster.Name, place, StringComparison.Ordinal));
        Assert.All(places, place => Assert.DoesNotContain(Passphrase, place, StringComparison.Ordinal));
    }
}
