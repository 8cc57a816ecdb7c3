using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Manifests;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Core.Tests.Builders;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Backup;

/// <summary>A repository in a bucket.</summary>
public sealed class S3Tests
{
    private const string Field = "spec.backup.repository.s3";

    private static readonly S3RepositorySpec Bucket = new()
    {
        Endpoint = "s3.example.com:9000",
        Bucket = "backups",
        Region = "eu-central-1",
        Path = "of/databases",
        UriStyle = S3UriStyle.Path,
        CredentialsSecret = "credentials",
        CaSecret = "authority",
    };

    public static TheoryData<string, S3RepositorySpec> Invalid => new()
    {
        { "endpoint", Bucket with { Endpoint = null } },
        { "endpoint", Bucket with { Endpoint = "http://s3.example.com" } },
        { "endpoint", Bucket with { Endpoint = "s3.example.com\n" } },
        { "endpoint", Bucket with { Endpoint = "s3.example.com:0" } },
        { "endpoint", Bucket with { Endpoint = "s3.example.com:65536" } },
        { "bucket", Bucket with { Bucket = "../a" } },
        { "bucket", Bucket with { Bucket = new string('a', 64) } },
        { "region", Bucket with { Region = null } },
        { "path", Bucket with { Path = "/a" } },
        { "path", Bucket with { Path = "a/../b" } },
        { "path", Bucket with { Path = "a\nrepo1-storage-verify-tls=n" } },
        { "credentialsSecret", Bucket with { CredentialsSecret = null } },
        { "credentialsSecret", Bucket with { CredentialsSecret = "cortex-superuser" } },
        { "caSecret", Bucket with { CaSecret = "a b" } },
    };

    [Theory, MemberData(nameof(Invalid))]
    public void What_is_wrong_with_a_bucket_is_said_by_its_field(string field, S3RepositorySpec s3) =>
        Assert.Equal($"{Field}.{field}", Assert.Single(Validity.Of(Cluster(With(s3)))).Path);

    [Fact]
    public void A_sound_bucket_is_accepted_with_and_without_what_may_be_left_out()
    {
        Assert.Empty(Validity.Of(Cluster(With(Bucket))));
        Assert.Empty(Validity.Of(Cluster(With(Bucket with { Path = null, CaSecret = null }))));
    }

    [Fact]
    public void A_volume_and_a_bucket_are_not_both_the_repository()
    {
        var both = new RepositorySpec { S3 = Bucket, Directory = new() { Volume = "backups" } };

        Assert.Equal(
            "spec.backup.repository", Assert.Single(Validity.Of(Cluster(new() { Backup = new() { Repository = both } }))).Path);
        Assert.Equal(
            "spec.bootstrap.fromBackup",
            Assert.Single(Validity.Of(Cluster(new() { Bootstrap = new() { FromBackup = new() { Repository = both, Folder = "a/b/c" } } })))
                .Path);
    }

    [Fact]
    public void On_Kubernetes_it_is_accepted_as_on_Podman() => Assert.Empty(Admission.Judge(null, Cluster(With(Bucket))).Refused);

    [Fact]
    public void Its_lines_have_the_names_of_secrets_and_nothing_switches_the_verification_of_TLS_off()
    {
        var lines = RepositoryFile.Render(Key, "u", With(Bucket))!.Split('\n');

        string[] expected =
        [
            "repo1-path=/of/databases/default/cortex/u", "repo1-type=s3", "repo1-s3-endpoint=s3.example.com", "repo1-storage-port=9000",
            "repo1-s3-bucket=backups", "repo1-s3-region=eu-central-1", "repo1-s3-uri-style=path", "repo1-s3-key=@credentials accessKey",
            "repo1-s3-key-secret=@credentials secretKey", "repo1-storage-ca-file=@authority /var/lib/cortex/conf/backup-ca.crt",
        ];
        Assert.All(expected, line => Assert.Contains(line, lines));
        Assert.DoesNotContain(lines, line => line.Contains("verify", StringComparison.Ordinal));
    }

    [Fact]
    public void No_volume_of_a_repository_is_mounted()
    {
        var pod = InstancePod.Render(Key, With(Bucket), Pr, Image);

        Assert.Single(pod.Spec.Volumes);
    }

    [Fact]
    public void A_missing_secret_is_said_by_the_field_that_names_it_with_the_command_of_its_target()
    {
        var (podman, kubernetes) = (Archiving(Bucket, services: false), Archiving(Bucket, services: true));

        Assert.All([podman, kubernetes], condition => Assert.Equal(Reasons.SecretMissing, condition.Reason));
        Assert.All(
            [podman, kubernetes],
            condition => Assert.StartsWith($"{Field}.caSecret: there is no secret authority", condition.Message, StringComparison.Ordinal));
        Assert.Contains("podman secret create authority FILE", podman.Message, StringComparison.Ordinal);
        Assert.Contains(
            "kubectl create secret generic authority -n default --from-file=ca.crt=FILE", kubernetes.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_Secret_of_Kubernetes_may_have_what_several_fields_need() => Assert.Contains(
        "kubectl create secret generic all -n default --from-file=accessKey=FILE --from-file=secretKey=FILE --from-file=ca.crt=FILE",
        Archiving(Bucket with { CredentialsSecret = "all", CaSecret = "all" }, services: true).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("accessKey: AKIA\nsecretKey: a/b+c=\n", "key=AKIA\nsecret=a/b+c=")]
    [InlineData("secretKey: \"a b\"\naccessKey:   AKIA  \n", "key=AKIA\nsecret=a b")]
    [InlineData("accessKey: AKIA\n", "key=AKIA")]
    [InlineData("accessKey:\nsecretKey: s\n", "secret=s")]
    public async Task A_container_puts_the_lines_of_a_secret_and_the_file_of_another_in_their_places(string content, string filled)
    {
        var folder = Directory.CreateTempSubdirectory("cortex-secrets-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "user-credentials"), content, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "user-ca"), "one\ntwo\n", TestContext.Current.CancellationToken);
        var script = ProvisioningScripts.FillSecrets.Replace("/run/secrets", folder, StringComparison.Ordinal);

        var result = await Tool.RunAsync(
            "sh",
            [
                "-c", $"set -eu\n{script}printf '%s' \"$1\" | fill_secrets", "fill",
                $"key=@credentials accessKey\nsecret=@credentials secretKey\nca=@ca {folder}/ca.crt\n",
            ]);

        var copied = await File.ReadAllTextAsync(Path.Combine(folder, "ca.crt"), TestContext.Current.CancellationToken);
        Directory.Delete(folder, recursive: true);
        Assert.Equal(($"{filled}\nca={folder}/ca.crt", "one\ntwo\n"), (result.Text(), copied));
    }

    /// <summary>On Kubernetes, where a Secret is a folder with its entries.</summary>
    [Theory]
    [InlineData(new[] { "accessKey", "secretKey", "passphrase", "ca.crt" }, "key=of accessKey\nsecret=of secretKey\npass=of passphrase\n")]
    [InlineData(new[] { "secretKey", "ca.crt" }, "secret=of secretKey\n")]
    [InlineData(new[] { "accessKey" }, "key=of accessKey\n")]
    public async Task A_container_puts_the_entries_of_a_Secret_in_their_places(string[] entries, string filled)
    {
        var folder = Directory.CreateTempSubdirectory("cortex-secrets-").FullName;
        var secret = Directory.CreateDirectory(Path.Combine(folder, "user-mine")).FullName;
        foreach (var entry in entries)
        {
            await File.WriteAllTextAsync(Path.Combine(secret, entry), $"of {entry}\n", TestContext.Current.CancellationToken);
        }

        var script = ProvisioningScripts.FillSecrets.Replace("/run/secrets", folder, StringComparison.Ordinal);
        var result = await Tool.RunAsync(
            "sh",
            [
                "-c", $"set -eu\n{script}printf '%s' \"$1\" | fill_secrets", "fill",
                $"key=@mine accessKey\nsecret=@mine secretKey\npass=@mine\nca=@mine {folder}/copied\n",
            ]);

        var copied = File.Exists(Path.Combine(folder, "copied"));
        Directory.Delete(folder, recursive: true);
        Assert.Equal(($"{filled}ca={folder}/copied", entries.Contains("ca.crt")), (result.Text(), copied));
    }

    /// <summary>pgBackRest keeps the mark in the bucket.</summary>
    [Fact]
    public async Task A_path_of_another_cluster_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("cortex-bucket-").FullName;
        const string bucket = """pgbackrest() { case "$*" in *repo-get*) cat mark 2>/dev/null ;; *repo-put*) cat >mark ;; esac; }""";

        await File.WriteAllTextAsync(
            Path.Combine(folder, "pgbackrest.conf"), "repo1-path=/of/default/cortex/u\n", TestContext.Current.CancellationToken);
        var codes = new List<int>();
        foreach (var mark in new[] { "default/cortex u", "default/cortex u", "default/other u" })
        {
            var prepare = BackupScripts.Prepare.Replace("/var/lib/cortex/conf", folder, StringComparison.Ordinal);
            var script = $"cd {folder}\n{bucket}\n{prepare}";
            codes.Add((await Tool.RunAsync("sh", ["-c", script, "prepare", "", mark])).ExitCode);
        }

        Directory.Delete(folder, recursive: true);
        Assert.Equal([0, 0, 65], codes);
    }

    /// <summary>The condition of a cluster where only the secret <c>credentials</c> exists.</summary>
    private static Condition Archiving(S3RepositorySpec s3, bool services)
    {
        var sound = Sound(2, With(s3));
        var (cluster, seen) = (Cluster(With(s3), Led()), sound with
        {
            Image = new ImageSeen(Image with { BackupVersion = "2.55.1" }, null),
            Inventory = sound.Inventory with { Objects = services ? [] : null },
            BackupSecrets = new Dictionary<string, string> { ["credentials"] = "1" },
        });
        return Assert.Single(
            StatusReport.Build(new Situation(cluster, seen, Now), Plan(cluster, seen), new PassOutcome(null, null)).Conditions,
            found => found.Type == ConditionTypes.Archiving);
    }

    private static ClusterSpec With(S3RepositorySpec s3) => new() { Backup = new() { Repository = new() { S3 = s3 } } };
}
