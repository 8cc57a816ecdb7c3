using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.Installed;

public sealed partial class InstallationTests
{
    [Fact]
    public async Task An_encrypted_backup_is_made_by_a_schedule_and_its_resource_is_removed_when_it_has_expired()
    {
        const string name = "archived";
        await using var volume = await BackupVolume.MakeAsync();
        var directory = $"directory: {{volume: {volume.Name}, size: 1Gi, accessMode: ReadWriteOnce}}";
        var passphrase = Path.Combine(Machine.NewDirectory(), "passphrase");
        await File.WriteAllTextAsync(passphrase, "correct horse battery staple\n", TestContext.Current.CancellationToken);
        await Kubectl.TextAsync("-n", installed.Shop, "create", "secret", "generic", volume.Name, $"--from-file={passphrase}");
        var backup = $"{{repository: {{{directory}}}, encryption: {{passphraseSecret: {volume.Name}}}, retention: {{full: 1}}, "
            + "schedule: {full: '@yearly'}}";
        await installed.ApplyAsync(name, $"instances: 1, storage: {{size: 1Gi}}, backup: {backup}", volume.Image);
        await installed.UntilAsync(
            name,
            "WAL is archived and the next time is known",
            now => Cluster.Is(now.Status, ConditionTypes.Archiving, "True") && now.Status?.Backup?.Schedule?.Next is not null);

        await installed.PatchStatusAsync(name, """{"status":{"backup":{"schedule":{"handledUntil":"2020-01-01T00:00:00Z"}}}}""");
        await installed.PatchAsync(name, """{"spec":{"promoteAllowDataLoss":true}}""");
        var made = await installed.UntilAsync(
            name, "the missed backup is made", now => now.Status?.Backup is { Schedule.LastBackup: not null, LastBackup: not null });
        var scheduled = made.Backup!.Schedule!.LastBackup!;
        (await Kubectl.ApplyAsync($$"""
            apiVersion: cortex.bicameral.dev/v1alpha1
            kind: CortexBackup
            metadata: {name: {{name}}-second, namespace: {{installed.Shop}}}
            spec: {cluster: {{name}}, type: Full}
            """)).Text();

        await Eventually.HoldsAsync(
            $"{scheduled} has expired and is removed",
            async () => (await Kubectl.TextAsync("-n", installed.Shop, "get", "cxb", scheduled, "--ignore-not-found")).Length == 0,
            installed.DescribeAsync);
        await installed.DeleteAsync(name);
        // What users made stays: with it, the claim and its passphrase.
        Assert.Contains(volume.Name, await Kubectl.TextAsync("-n", installed.Shop, "get", "secrets", "-o", "name"));
        Assert.Contains(volume.Name, await Kubectl.TextAsync("-n", installed.Shop, "get", "persistentvolumeclaims", "-o", "name"));
    }
}
