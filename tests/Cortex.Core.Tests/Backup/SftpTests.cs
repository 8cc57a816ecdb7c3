using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Manifests;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Core.Tests.Builders;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Backup;

/// <summary>A repository on a server of SFTP.</summary>
public sealed class SftpTests
{
    private const string Field = "spec.backup.repository.sftp";
    private const string Digits = "a3a52f4407668727d2c52e226e5e37902a3def7906d1f378566d274d724c7789";
    private const string Fingerprint = "SHA256:o6UvRAdmhyfSxS4ibl43kCo973kG0fN4Vm0nTXJMd4k";

    private static readonly SftpRepositorySpec Server = new()
    {
        Host = "backup.example.com",
        Port = 2222,
        User = "u1234",
        Path = "/srv/backups",
        HostKey = Fingerprint,
        PrivateKeySecret = "backup-key",
    };

    public static TheoryData<string, SftpRepositorySpec> Invalid => new()
    {
        { "host", Server with { Host = null } },
        { "host", Server with { Host = "backup.example.com:22" } },
        { "host", Server with { Host = "a\n" } },
        { "port", Server with { Port = 0 } },
        { "port", Server with { Port = 65536 } },
        { "user", Server with { User = "-oProxyCommand" } },
        { "user", Server with { User = "u\nrepo1-sftp-host-key-check-type=none" } },
        { "path", Server with { Path = "backups" } },
        { "path", Server with { Path = "/a/../b" } },
        { "path", Server with { Path = "/a/" } },
        { "hostKey", Server with { HostKey = null } },
        { "hostKey", Server with { HostKey = "none" } },
        { "privateKeySecret", Server with { PrivateKeySecret = null } },
        { "privateKeySecret", Server with { PrivateKeySecret = "cortex-superuser" } },
    };

    [Theory, MemberData(nameof(Invalid))]
    public void What_is_wrong_with_a_server_is_said_by_its_field(string field, SftpRepositorySpec sftp) =>
        Assert.Equal($"{Field}.{field}", Assert.Single(Validity.Of(Cluster(With(sftp)))).Path);

    [Fact]
    public void A_refused_key_names_the_command_that_prints_a_key() =>
        Assert.Contains(
            "`ssh-keyscan -p 2222 backup.example.com`",
            Assert.Single(Validity.Of(Cluster(With(Server with { HostKey = "a" })))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_sound_server_is_accepted() => Assert.Empty(Validity.Of(Cluster(With(Server))));

    [Fact]
    public void A_server_is_not_a_repository_beside_another_one()
    {
        foreach (var both in new RepositorySpec[]
        {
            new() { Sftp = Server, Directory = new() { Volume = "backups" } }, new() { Sftp = Server, S3 = new() },
        })
        {
            Assert.Contains(
                "spec.backup.repository",
                Validity.Of(Cluster(new() { Backup = new() { Repository = both } })).Select(refusal => refusal.Path));
            Assert.Contains(
                "spec.bootstrap.fromBackup",
                Validity.Of(Cluster(new() { Bootstrap = new() { FromBackup = new() { Repository = both, Folder = "a/b/c" } } }))
                    .Select(refusal => refusal.Path));
        }
    }

    [Fact]
    public void On_Kubernetes_it_is_accepted() => Assert.Empty(Admission.Judge(null, Cluster(With(Server))).Refused);

    [Fact]
    public void Its_lines_compare_the_key_of_the_server_and_have_the_name_of_the_secret()
    {
        var lines = RepositoryFile.Render(Key, "u", With(Server))!.Split('\n');

        string[] expected =
        [
            "repo1-path=/srv/backups/default/cortex/u", "repo1-type=sftp", "repo1-sftp-host=backup.example.com",
            "repo1-sftp-host-port=2222", "repo1-sftp-host-user=u1234", "repo1-sftp-host-key-check-type=fingerprint",
            "repo1-sftp-host-key-hash-type=sha256",
            $"repo1-sftp-host-fingerprint={Digits}", "repo1-sftp-private-key-file=@backup-key /var/lib/cortex/conf/backup-key",
        ];
        Assert.All(expected, line => Assert.Contains(line, lines));
    }

    /// <summary>A spec that was stored before it was checked.</summary>
    [Fact]
    public void Without_a_key_of_the_server_no_server_is_the_right_one() =>
        Assert.Contains("repo1-sftp-host-fingerprint=none\n", RepositoryFile.Render(Key, "u", With(new())), StringComparison.Ordinal);

    [Fact]
    public void No_volume_of_a_repository_is_mounted() =>
        Assert.Single(InstancePod.Render(Key, With(Server), Pr, Image).Spec.Volumes);

    [Fact]
    public void Another_key_of_the_server_is_reported_with_its_fingerprint()
    {
        var condition = Report(
            "2.55.1",
            $"[101]: host [{Digits}] and configured fingerprint (repo-sftp-host-fingerprint) [{new string('0', 64)}] do not match");

        Assert.Equal(("False", Reasons.HostKeyMismatch), (condition.Status, condition.Reason));
        Assert.StartsWith($"{Field}.hostKey: ", condition.Message, StringComparison.Ordinal);
        Assert.Contains(Fingerprint, condition.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_private_key_that_cannot_be_used_is_reported_by_its_field()
    {
        var condition = Report("2.55.1", "[101]: public key authentication failed: libssh2 error [-16]");

        Assert.Equal(("False", Reasons.SecretUnusable), (condition.Status, condition.Reason));
        Assert.StartsWith($"{Field}.privateKeySecret: ", condition.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_private_key_that_the_server_does_not_accept_is_quoted_from_pgBackRest() =>
        Assert.Equal(Reasons.ArchivingFails, Report("2.55.1", "[101]: public key authentication failed: libssh2 error [-18]").Reason);

    [Fact]
    public void A_missing_secret_is_said_by_its_field() =>
        Assert.Equal(Reasons.SecretMissing, Report("2.55.1", "", secret: false).Reason);

    [Theory]
    [InlineData("2.45", false)]
    [InlineData("2.46", true)]
    [InlineData("2.55.1", true)]
    [InlineData("3.0dev", true)]
    public void A_program_without_SFTP_is_reported_and_archives_nothing(string version, bool reaches)
    {
        var settings = InstanceConfiguration.Render(
            Key, With(Server), Led(), Pr, Image with { BackupVersion = version }, new Dictionary<string, string>(), []).Settings;

        Assert.Equal(reaches, Report(version, "").Reason != Reasons.BackupProgramTooOld);
        Assert.Equal(reaches, settings.Contains("pgbackrest", StringComparison.Ordinal));
    }

    private static ClusterSpec With(SftpRepositorySpec sftp) => new() { Backup = new() { Repository = new() { Sftp = sftp } } };

    /// <summary>The condition, where archiving fails with these words.</summary>
    private static (string Status, string Reason, string Message) Report(string version, string words, bool secret = true)
    {
        var (cluster, seen) = (Cluster(With(Server), Led()), Sound(2, With(Server)) with
        {
            Image = new ImageSeen(Image with { BackupVersion = version }, null),
            BackupSecrets = secret ? new Dictionary<string, string> { ["backup-key"] = "1" } : [],
            Archive = new ArchiveSeen(null, true, Now, 1) { Words = words },
        });
        var condition = Assert.Single(
            StatusReport.Build(new Situation(cluster, seen, Now), Plan(cluster, seen), new PassOutcome(null, null)).Conditions,
            found => found.Type == ConditionTypes.Archiving);
        return (condition.Status, condition.Reason, condition.Message);
    }
}
