using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>Backups and WAL are kept on another machine, over SSH, encrypted.</summary>
[Trait("Tier", "podman")]
[Trait("Story", "EveryTarget")]
public sealed class SftpBackupTests
{
    private const string AllRows = "select number from appended order by number";

    [Fact]
    public async Task A_server_is_used_when_it_has_proven_its_key_and_is_restored_from()
    {
        await using var volume = await BackupVolume.MakeAsync();
        await using var server = await SftpServer.StartAsync();
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var key = new UserSecret(cortex.Target);
        await using var passphrase = new UserSecret(cortex.Target);
        await key.StoreAsync((SecretEntries.PrivateKey, server.LockedKey));
        await passphrase.StoreAsync((SecretEntries.Passphrase, "correct horse battery staple\n"));
        var encryption = $"encryption: {{passphraseSecret: {passphrase.Name}}}";
        // Of the keys of a server, pgBackRest is shown that of ECDSA.
        var another = await server.FingerprintAsync("ed25519");
        await using var source = await cortex.CreateAsync(
            $"image: {volume.Image}\ninstances: 1\nbackup: {{repository: {{sftp: {Sftp(server, key, another)}}}, {encryption}}}");

        await Archive.SwitchAsync(source, await source.AccessAsync());
        await Archive.FailsAsync(source, Reasons.HostKeyMismatch, "repository.sftp.hostKey: ", await server.FingerprintAsync("ecdsa"));
        Assert.Empty(await server.FilesAsync());

        var (sftp, keys) = (Sftp(server, key, server.Keys), System.Text.Json.JsonSerializer.Serialize(server.Keys));
        await source.PatchAsync($$"""{"spec":{"backup":{"repository":{"sftp":{"hostKey":{{keys}} } } } } }""");
        await Archive.FailsAsync(source, Reasons.SecretUnusable, "repository.sftp.privateKeySecret: ");
        await key.StoreAsync((SecretEntries.PrivateKey, server.PrivateKey));
        // The new secret would be seen by itself, but later.
        await source.PatchAsync("""{"spec":{"backup":{"retention":{"full":3}}}}""");
        await Archive.HasAsync(source);
        await AssertPrivateAsync(cortex, source, server);

        await Psql.TextAsync((await source.AccessAsync()).Dsn, "create table appended (number int); insert into appended values (1)");
        await BackupVolume.BackUpAsync(source, $"{source.Name}-first");
        await Psql.TextAsync((await source.AccessAsync()).Dsn, "insert into appended values (2)");
        await Archive.HasAsync(source, await Archive.SwitchAsync(source, await source.AccessAsync()));
        await cortex.Kubectl.TextAsync("annotate", "cx", source.Name, $"{Annotations.VerifyBackup}=now");

        var folder = (await source.StatusAsync()).Backup!.Folder!;
        await using var target = cortex.NewCluster();
        await target.ApplyAsync(
            $"image: {volume.Image}\ninstances: 1\nbackup: {{repository: {{sftp: {sftp}}}, {encryption}}}\n"
                + $"bootstrap: {{fromBackup: {{repository: {{sftp: {sftp}}}, folder: {folder}, {encryption}}}}}");
        await target.ReadyAsync();
        await source.UntilAsync("the restore test succeeds", now => Cluster.Is(now.Status, ConditionTypes.BackupVerified, "True"));
        Assert.Equal("1\n2", await Psql.TextAsync((await target.AccessAsync()).Dsn, AllRows));
        await Archive.HasAsync(target);
        AssertFiles(await server.FilesAsync(), folder, (await target.StatusAsync()).Backup!.Folder!);
    }

    private static string Sftp(SftpServer server, UserSecret key, string hostKey) =>
        $"{{host: {server.Address}, port: {server.Port}, user: {SftpServer.User}, path: {SftpServer.Path}, privateKeySecret: {key.Name}, "
            + $"hostKey: {System.Text.Json.JsonSerializer.Serialize(hostKey)}}}";

    /// <summary>The key is in a file of the instance's user, and nowhere else that the operator or the target shows.</summary>
    private static async Task AssertPrivateAsync(OperatorUnderTest cortex, Cluster cluster, SftpServer server)
    {
        string[] see = ["sh", "-c", "cd /var/lib/cortex/conf; stat -c '%a %U' backup-key; cat backup-key"];
        var seen = (await cluster.Target.ExecAsync(cluster.Primary, see)).Text().Trim();
        Assert.Equal("600 postgres\n" + server.PrivateKey.Trim(), seen);
        string[] places =
        [
            cortex.Log,
            await cluster.Target.ShownAsync(cluster.Name),
            await cortex.Kubectl.TextAsync("get", "cx,cxb,events", "-o", "yaml"),
        ];
        Assert.All(places, place => Assert.Contains(cluster.Name, place, StringComparison.Ordinal));
        Assert.All(places, place => Assert.DoesNotContain(server.PrivateKey.Split('\n')[1], place, StringComparison.Ordinal));
    }

    /// <summary>Each cluster has its own folder with its mark, and everything else is encrypted.</summary>
    private static void AssertFiles(IReadOnlyList<string> files, params string[] folders)
    {
        Assert.All(folders, folder => Assert.Contains($"{SftpServer.Path}/{folder}/cortex-cluster {MarkOf(folder)}", files));
        Assert.All(
            folders,
            folder => Assert.Contains(
                files, file => file.StartsWith($"{SftpServer.Path}/{folder}/archive/cortex/", StringComparison.Ordinal)));
        Assert.All(files, file => Assert.Matches("/cortex-cluster |Salted__$", file));
    }

    /// <summary>The namespace, as much of it as <see cref="SftpServer.FilesAsync"/> shows.</summary>
    private static string MarkOf(string folder) => folder[..Math.Min(8, folder.IndexOf('/') + 1)];
}
