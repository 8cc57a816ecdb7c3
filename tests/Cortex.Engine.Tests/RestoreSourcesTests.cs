using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Core.Restoring;
using Cortex.Engine.Backup;
using Cortex.Engine.Memory;
using Cortex.Engine.Targets;
using TargetException = Cortex.Engine.Targets.TargetException;

namespace Cortex.Engine.Tests;

/// <summary>What is found of the backups that a new cluster is restored from.</summary>
public sealed class RestoreSourcesTests
{
    private const string Nothing = "archived: 1795838986\n[]";

    private static readonly ImageFacts Able = new("sha256:1", "17.6", 17, 999, 999) { BackupVersion = "2.55.1" };

    private readonly Machine machine;
    private readonly RestoreSources sources;

    public RestoreSourcesTests()
    {
        var target = DispatchProxy.Create<IExecutionTarget, Machine>();
        machine = (Machine)target;
        var records = DispatchProxy.Create<IClusterRecords, Resources>();
        sources = new RestoreSources(records, target, target, target, new ClusterMemory(), TimeProvider.System);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_folder_of_a_cluster_is_read_and_cannot_be_written_to()
    {
        var seen = await LookAsync(new() { Cluster = "source" });

        Assert.Equal(("backups", "/var/lib/cortex-backup/default/source/u1", "shop"), (seen?.Volume, seen?.Folder, seen?.Database?.Name));
        Assert.NotNull(seen?.Repository);
        var work = Assert.Single(machine.Work);
        Assert.Equal(("backups", true, null, false), (work.Repository, work.OnlyReadsRepository, work.Instance, work.OnNetwork));
    }

    [Fact]
    public async Task A_folder_that_a_deleted_cluster_left_is_read_without_a_resource()
    {
        var seen = await LookAsync(
            new() { Folder = "default/gone/u0", Repository = new() { Directory = new() { Volume = "elsewhere" } } });

        Assert.Equal(("elsewhere", "/var/lib/cortex-backup/default/gone/u0", null), (seen?.Volume, seen?.Folder, seen?.Database));
    }

    [Fact]
    public async Task What_was_read_is_not_read_in_the_next_pass_and_is_read_for_another_request()
    {
        await LookAsync(new() { Cluster = "source" });
        await LookAsync(new() { Cluster = "source" });
        Assert.Single(machine.Work);

        await LookAsync(new() { Cluster = "source", Target = new() { Lsn = "0/1" } });
        Assert.Equal(2, machine.Work.Count);
    }

    [Theory]
    [InlineData("gone", "there is no cluster default/gone")]
    [InlineData("bare", "spec.backup of the cluster default/bare names no repository")]
    public async Task A_cluster_without_backups_is_a_reason_to_refuse(string name, string words)
    {
        Assert.Contains(words, (await LookAsync(new() { Cluster = name }))?.Problem, StringComparison.Ordinal);
        Assert.Empty(machine.Work);
    }

    [Fact]
    public async Task What_cannot_be_read_is_a_reason_to_refuse()
    {
        machine.Answer = () => new OneShotResult(65, "");
        Assert.Contains("has no folder", (await LookAsync(new() { Cluster = "source" }))?.Problem, StringComparison.Ordinal);
        machine.Answer = () => new OneShotResult(55, "P00  ERROR: [055]: unable to load info file");
        var unread = await LookAsync(new() { Cluster = "source", Target = new() { Lsn = "0/1" } });
        Assert.Contains("[055]: unable to load info file", unread?.Problem, StringComparison.Ordinal);
        machine.Answer = () => throw new TargetException("there is no volume backups");
        var missing = await LookAsync(new() { Cluster = "source", Target = new() { Lsn = "0/2" } });
        Assert.Contains("there is no volume backups", missing?.Problem, StringComparison.Ordinal);
        var old = await LookAsync(new() { Cluster = "source" }, Able with { BackupVersion = null });
        Assert.Contains("has no pgbackrest", old?.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_encrypted_folder_is_read_with_the_secret_of_its_cluster_or_of_the_request()
    {
        machine.Secrets["of-source"] = machine.Secrets["of-request"] = "1";
        var named = await LookAsync(new() { Cluster = "encrypted" });
        var folder = new FromBackupSpec { Folder = "default/gone/u0", Repository = new() { Directory = new() { Volume = "elsewhere" } } };
        await LookAsync(folder with { Encryption = new() { PassphraseSecret = "of-request" } });

        Assert.Equal("of-source", named?.Access.Encryption?.PassphraseSecret);
        Assert.Equal(
            [("of-source", "user-of-source"), ("of-request", "user-of-request")],
            machine.Work.Select(work => (Assert.Single(work.Secrets).Key, work.Secrets.Values.Single())));
        Assert.All(machine.Work, work => Assert.Contains("repo1-cipher-pass=@", work.Arguments[0], StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_missing_secret_and_a_wrong_passphrase_are_reasons_to_refuse()
    {
        var missing = await LookAsync(new() { Cluster = "encrypted" });
        Assert.Equal("podman secret create of-source FILE", missing?.Remedy);
        var services = Inventory.Empty with { Objects = [] };
        var onKubernetes = (await sources.LookAsync(
            Cluster(new() { Cluster = "encrypted", Target = new() { Lsn = "0/2" } }), services, new ImageSeen(Able, null), Ct)).Source;
        Assert.Equal("kubectl create secret generic of-source -n default --from-file=passphrase=FILE", onKubernetes?.Remedy);
        Assert.Empty(machine.Work);

        machine.Secrets["of-source"] = "1";
        machine.Answer = () => new OneShotResult(0, """[{"name":"cortex","status":{"code":99}},"CryptoError: cipher header invalid"]""");
        var wrong = await LookAsync(new() { Cluster = "encrypted", Target = new() { Lsn = "0/1" } });
        Assert.Contains("cannot be opened with the passphrase in the secret of-source", wrong?.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_with_another_key_and_a_program_without_SFTP_are_reasons_to_refuse()
    {
        machine.Secrets["key"] = "1";
        var sftp = new SftpRepositorySpec
        {
            Host = "backup", User = "u", Path = "/p", HostKey = $"SHA256:{new string('A', 43)}", PrivateKeySecret = "key",
        };
        var backups = new FromBackupSpec { Folder = "/var/lib/cortex-backup/default/gone/u0", Repository = new() { Sftp = sftp } };

        var old = await LookAsync(backups, Able with { BackupVersion = "2.45" });
        Assert.Contains("pgbackrest 2.45", old?.Problem, StringComparison.Ordinal);
        Assert.Empty(machine.Work);

        machine.Answer = () => new OneShotResult(
            0, $"ERROR: [101]: host [{new string('f', 64)}] and configured fingerprint (repo-sftp-host-fingerprint) [00] do not match");
        var another = await LookAsync(backups with { Target = new() { Lsn = "0/1" } });
        Assert.StartsWith("repository.sftp: backup has proven itself with the key SHA256:////", another?.Problem, StringComparison.Ordinal);
        Assert.True(Assert.Single(machine.Work).OnCommonNetwork);
    }

    [Fact]
    public async Task A_cluster_that_has_data_or_is_being_restored_is_not_looked_at()
    {
        var from = new FromBackupSpec { Cluster = "source" };
        var (restored, begun) = (Cluster(from), Cluster(from));
        restored.Status = new ClusterStatus { SystemIdentifier = "1" };
        var job = JobSeen.OfRestore("cortex-pr", new RestoreRequest(from).Mark);
        var working = Inventory.Empty with { Jobs = [job] };

        Assert.Equal(RestoreLook.Nothing, await sources.LookAsync(restored, Inventory.Empty, new ImageSeen(Able, null), Ct));
        Assert.Equal(RestoreLook.Nothing, await sources.LookAsync(begun, working, new ImageSeen(Able, null), Ct));
        Assert.Empty(await sources.ProgressAsync(begun, Inventory.Empty, Ct));
        var progress = Assert.Single(await sources.ProgressAsync(begun, working, Ct));
        Assert.Equal(("cortex-pr", new RestoreProgress(RestorePhases.Copying, "25 % copied")), (progress.Key, progress.Value));
        Assert.Empty(machine.Work);
    }

    private async Task<RestoreSourceSeen?> LookAsync(FromBackupSpec from, ImageFacts? image = null) =>
        (await sources.LookAsync(Cluster(from), Inventory.Empty, new ImageSeen(image ?? Able, null), Ct)).Source;

    private static CortexCluster Cluster(FromBackupSpec from) => new()
    {
        Metadata = new() { Name = "cortex", NamespaceProperty = "default", Uid = "u" },
        Spec = new() { Bootstrap = new() { FromBackup = from } },
    };

    /// <summary>A target whose one-shots end as a test says.</summary>
    public class Machine : DispatchProxy
    {
        public List<OneShot> Work { get; } = [];

        public Dictionary<string, string> Secrets { get; } = [];

        public Func<OneShotResult> Answer { get; set; } = () => new OneShotResult(0, Nothing);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod?.Name)
            {
                case nameof(IOneShots.RunOneShotAsync):
                    Work.Add((OneShot)args![0]!);
                    return Task.FromResult(Answer());
                case nameof(ISecretStore.VersionsAsync):
                    return Task.FromResult<IReadOnlyDictionary<string, string>>(Secrets);
                case nameof(IJobs.TailJobAsync):
                    return Task.FromResult("P01 DETAIL: restore file /a (8KB, 25.00%) checksum b");
                default:
                    throw new NotSupportedException(targetMethod?.Name);
            }
        }
    }

    /// <summary>One cluster with a repository, and one without.</summary>
    public class Resources : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var found = (ClusterKey)args![0]! switch
            {
                { Name: "source" } => Source(new() { Repository = new() { Directory = new() { Volume = "backups" } } }),
                { Name: "encrypted" } => Source(
                    new()
                    {
                        Repository = new() { Directory = new() { Volume = "backups" } },
                        Encryption = new() { PassphraseSecret = "of-source" },
                    }),
                { Name: "bare" } => Source(null),
                _ => null,
            };
            return Task.FromResult(found);
        }

        private static CortexCluster? Source(BackupSpec? backup) => new()
        {
            Metadata = new() { Name = "source", NamespaceProperty = "default", Uid = "u1" },
            Spec = new() { Backup = backup, Database = new() { Name = "shop" } },
        };
    }
}
