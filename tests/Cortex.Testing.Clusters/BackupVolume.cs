using System.Security.Cryptography;
using Cortex.Core.Api;

namespace Cortex.Testing.Clusters;

/// <summary>A volume for backups that goes with the test, and what tests do with it.</summary>
public sealed class BackupVolume : IAsyncDisposable
{
    /// <summary>Names an image with pgBackRest, for a machine whose image was built before it had one.</summary>
    private const string Variable = "CORTEX_TEST_BACKUP_IMAGE";

    private string? mount;

    private BackupVolume(string image) => Image = image;

    public string Name { get; } = $"backups-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3))}";

    public string Image { get; }

    /// <summary>Lines of <c>spec</c>.</summary>
    public string Spec => $"image: {Image}\nbackup: {{repository: {{directory: {{{Claim}}}}}}}";

    /// <summary>The storage classes of clusters for tests are local to a node.</summary>
    private string Claim => TestTargets.Current is KubernetesTestTarget
        ? $"volume: {Name}, size: 1Gi, accessMode: ReadWriteOnce"
        : $"volume: {Name}";

    /// <summary>Skips the test where no image has pgBackRest.</summary>
    public static async Task<BackupVolume> MakeAsync()
    {
        var image = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : Machine.Image;
        return await MakeAsync(image, "trixie");
    }

    /// <summary>The same for an image of this release of Debian.</summary>
    public static async Task<BackupVolume> MakeAsync(string image, string release)
    {
        await Podman.EnsureImageAsync(image, release);
        var program = await Podman.RunAsync("run", "--rm", "--network", "none", "--entrypoint", "pgbackrest", image, "version");
        Assert.SkipUnless(
            program.Succeeded,
            $"{image} was built without pgbackrest; images/anvil-alloydb-core/build.sh builds it again, {Variable} names another image");
        return new BackupVolume(image);
    }

    /// <summary>Makes the volume now, with this much room: in memory, mounted where Podman keeps its data. Needs root.</summary>
    public async Task LimitAsync(string size)
    {
        await Podman.TextAsync("volume", "create", Name);
        mount = (await Podman.TextAsync("volume", "inspect", "--format", "{{.Mountpoint}}", Name)).Trim();
        (await Tool.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={size},mode=1777", "tmpfs", mount])).Text();
    }

    /// <summary>Makes a CortexBackup and waits until it is completed.</summary>
    public static async Task<CortexBackupStatus> BackUpAsync(Cluster cluster, string name, BackupType type = BackupType.Full)
    {
        await BeginAsync(cluster, name, type);
        return await CompletedAsync(cluster, name);
    }

    /// <summary>Makes a CortexBackup.</summary>
    public static async Task BeginAsync(Cluster cluster, string name, BackupType type = BackupType.Full)
    {
        var resource =
            $$"""
            apiVersion: cortex.bicameral.dev/v1alpha1
            kind: CortexBackup
            metadata: {name: {{name}}}
            spec: {cluster: {{cluster.Name}}, type: {{type}}}
            """;
        (await cluster.Operator.Kubectl.ApplyAsync(resource)).Text();
    }

    /// <summary>Waits until a backup is completed; fails the test when it fails.</summary>
    public static Task<CortexBackupStatus> CompletedAsync(Cluster cluster, string name) => UntilAsync(
        cluster,
        name,
        $"the backup {name} is completed",
        backup => backup.Phase == BackupPhases.Completed,
        backup => backup.Phase == BackupPhases.Failed);

    public static async Task<CortexBackupStatus> UntilAsync(
        Cluster cluster,
        string name,
        string what,
        Func<CortexBackupStatus, bool> condition,
        Func<CortexBackupStatus, bool>? never = null) =>
        await Eventually.GetAsync(
            what,
            async () =>
            {
                var json = await cluster.Operator.Kubectl.TextAsync("get", "cxb", name, "-o", "json");
                var status = k8s.KubernetesJson.Deserialize<CortexBackup>(json).Status;
                Assert.False(status is not null && never?.Invoke(status) == true, $"{what}: {status}");
                return status is not null && condition(status) ? status : null;
            },
            cluster.DescribeAsync);

    /// <summary>
    /// Restores into a server that ends with the command, as docs/backups.md says, and asks it for rows. Nothing of the cluster takes
    /// part in it.
    /// </summary>
    /// <param name="target">Options of <c>pgbackrest restore</c> that say up to where; empty: up to the end.</param>
    public async Task<string> AskRestoredAsync(string folder, string sql, params string[] target) =>
        (await TryRestoreAsync(folder, sql, target)).Text();

    /// <summary>The same; tells also of a restore that fails.</summary>
    public Task<ToolResult> TryRestoreAsync(string folder, string sql, params string[] target)
    {
        const string script =
            """
            folder=$1 sql=$2
            shift 2
            pgbackrest --repo1-path="$folder" --stanza=cortex --pg1-path=/restored/pgdata --lock-path=/restored --log-level-file=off \
                --log-level-console=warn --archive-mode=off "$@" restore
            pg_ctl start -w -t 120 -s -D /restored/pgdata -l /restored/log -o "-c listen_addresses= -c unix_socket_directories=/restored" ||
                { cat /restored/log; exit 1; }
            until [ "$(psql -X -h /restored -Atc 'select pg_is_in_recovery()')" = f ]; do sleep 0.1; done
            psql -X -h /restored -v ON_ERROR_STOP=1 -At -d app -c "$sql"
            pg_ctl stop -s -m fast -D /restored/pgdata
            """;
        return Podman.RunAsync(
        [
            "run", "--rm", "--network", "none", "--user", "postgres", "--tmpfs", "/restored:mode=1777,size=2g",
            "-v", $"{Name}:/var/lib/cortex-backup:ro", "--entrypoint", "sh", Image,
            "-ceu", script, "restore", folder, sql, .. target,
        ]);
    }

    /// <summary>The timelines that were archived to a folder, and its backups.</summary>
    public Task<string> TimelinesAsync(string folder) => AskAsync(
        $"cd {folder}/archive/cortex/*/ && ls -d *.history ???????????????? 2>/dev/null | cut -c1-8 | sort -u; ls {folder}/backup/cortex");

    /// <summary>Every file of the repository, and its first bytes.</summary>
    public Task<string> FilesAsync() => AskAsync(
        "find /var/lib/cortex-backup -type f | while read -r file; do printf '%s ' \"$file\"; head -c 8 \"$file\"; echo; done");

    private Task<string> AskAsync(string script) => Podman.TextAsync(
        "run", "--rm", "--network", "none", "--user", "postgres", "-v", $"{Name}:/var/lib/cortex-backup:ro", "--entrypoint", "sh", Image,
        "-c", script);

    /// <summary>Lets nothing be written to a folder of the repository, or everything again.</summary>
    public async Task AllowAsync(string folder, bool writing) =>
        await Podman.TextAsync(
            "run", "--rm", "--network", "none", "--user", "0", "-v", $"{Name}:/var/lib/cortex-backup", "--entrypoint", "chmod", Image,
            writing ? "750" : "000", folder);

    /// <summary>
    /// Each program that reads or writes an archive waits from now on, as for a drive that does not answer: the file that pgBackRest opens
    /// first is a FIFO.
    /// </summary>
    public Task HangAsync(string folder) => InArchiveAsync(
        folder, "mkfifo -m 666 archive.info.hangs; ln archive.info archive.info.kept; mv archive.info.hangs archive.info");

    /// <summary>Ends what <see cref="HangAsync"/> began: the FIFO is opened for writing, which ends each wait.</summary>
    public Task AnswerAsync(string folder) => InArchiveAsync(
        folder,
        "mv archive.info archive.info.hangs; mv archive.info.kept archive.info; : <>archive.info.hangs; rm archive.info.hangs");

    private Task<string> InArchiveAsync(string folder, string script) => Podman.TextAsync(
        "run", "--rm", "--network", "none", "--user", "0", "-v", $"{Name}:/var/lib/cortex-backup", "--entrypoint", "sh", Image,
        "-ceu", $"cd \"$1/archive/cortex\"; {script}", "archive", folder);

    /// <summary>Gives the newest segment of an archive the content of the one before, or its own content again.</summary>
    public Task DamageArchiveAsync(string folder, bool damaged) => Podman.TextAsync(
        "run", "--rm", "--network", "none", "--user", "0", "-v", $"{Name}:/var/lib/cortex-backup", "--entrypoint", "sh", Image,
        "-ceu",
        """
        cd "$1"
        if [ "$2" = False ]; then
            cp kept "$(cat name)"
            exit
        fi
        set -- $(ls archive/cortex/*/????????????????/*-*.zst | tail -n 2)
        echo "$2" >name
        cp "$2" kept
        cp "$1" "$2"
        """,
        "damage", folder, $"{damaged}");

    private const string InvertByte =
        """
        middle=$(($(stat -c %s "$1") / 2))
        byte=$(od -An -tu1 -j "$middle" -N 1 "$1")
        printf "\$(printf %o $((byte ^ 255)))" | dd of="$1" bs=1 seek="$middle" conv=notrunc status=none
        """;

    /// <summary>Inverts a byte in the middle of a file of the repository of a cluster, from the container of its primary.</summary>
    public static async Task DamageAsync(Cluster cluster, string file) =>
        (await cluster.Target.ExecAsync((await cluster.StatusAsync()).Primary!, "sh", "-ceu", InvertByte, "damage", file)).Text();

    public async ValueTask DisposeAsync()
    {
        if (mount is not null)
        {
            await Tool.RunAsync("umount", ["-l", mount]);
        }

        await Podman.RunAsync("volume", "rm", "-f", Name);
    }
}
