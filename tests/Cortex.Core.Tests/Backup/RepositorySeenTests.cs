using Cortex.Core.Backup;

namespace Cortex.Core.Tests.Backup;

/// <summary>What pgBackRest says is read, and nothing is believed that it does not say.</summary>
public sealed class RepositorySeenTests
{
    /// <summary>As pgBackRest 2.55.1 printed it, shortened.</summary>
    private const string OneBackup =
        """
        [{"archive":[{"database":{"id":1,"repo-key":1},"id":"17-1","max":"000000020000000000000003","min":"000000010000000000000001"}],
          "backup":[{"archive":{"start":"000000010000000000000002","stop":"000000010000000000000003"},
            "database":{"id":1,"repo-key":1},"error":false,
            "info":{"delta":23421897,"repository":{"delta":3014264,"size":3014264},"size":23421897},"label":"20261128-001541F",
            "timestamp":{"start":1795824941,"stop":1795824949},"type":"full"}],
          "db":[{"id":1,"repo-key":1,"system-id":7713009331400421391,"version":"17"}],"name":"cortex","status":{"code":0,"message":"ok"}}]
        """;

    [Fact]
    public void A_repository_with_a_backup_is_read()
    {
        var seen = RepositorySeen.Parse(OneBackup);

        Assert.NotNull(seen);
        Assert.True(seen.IsPrepared);
        Assert.Equal("000000020000000000000003", seen.NewestWal);
        Assert.Equal(
            new BackupSeen(
                "20261128-001541F", "full", DateTimeOffset.FromUnixTimeSeconds(1795824941), DateTimeOffset.FromUnixTimeSeconds(1795824949),
                "000000010000000000000002", "000000010000000000000003", 23421897, 3014264, IsDamaged: false),
            Assert.Single(seen.Backups));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""[{"name":"other","db":[{"id":1}],"backup":[],"archive":[]}]""")]
    [InlineData("""[{"name":"cortex","db":[],"backup":[],"archive":[],"status":{"code":1,"message":"missing stanza path"}}]""")]
    public void A_repository_without_our_stanza_is_not_prepared(string json)
    {
        var seen = RepositorySeen.Parse(json);

        Assert.NotNull(seen);
        Assert.False(seen.IsPrepared);
        Assert.Empty(seen.Backups);
        Assert.Null(seen.NewestWal);
    }

    [Fact]
    public void A_prepared_repository_without_WAL_has_no_newest_segment()
    {
        var seen = RepositorySeen.Parse(
            """[{"name":"cortex","db":[{"id":1}],"backup":[],"archive":[{"max":null,"min":null}],"status":{"code":2}}]""");

        Assert.Equal((true, null), (seen?.IsPrepared, seen?.NewestWal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ERROR: [055]: unable to load info file")]
    [InlineData("{}")]
    [InlineData("""[{"name":"cortex","db":[{}],"backup":[{"label":"x"}],"status":{"code":0}}]""")]
    [InlineData("""[{"name":"cortex","db":[],"backup":[],"archive":[],"status":{"code":99,"message":"other"}}]""")]
    public void Anything_else_is_not_known(string json) => Assert.Null(RepositorySeen.Parse(json));

    [Fact]
    public void A_name_that_is_too_long_for_a_status_is_not_taken() =>
        Assert.Null(RepositorySeen.Parse(OneBackup.Replace("20261128-001541F", new string('x', 65), StringComparison.Ordinal)));

    [Fact]
    public void Lines_of_the_server_in_the_middle_of_an_error_hide_no_reason()
    {
        const string log =
            """
            2026-11-28 05:51:55.240 P00  ERROR: [103]: unable to find a valid repository:
            2026-11-28 05:51:55.241 UTC [1] LOG:  checkpoint starting: time
                                                repo1: [FileOpenError] unable to load the file
            2026-11-28 05:51:55.242 UTC [14] STATEMENT:  SELECT left(last_archived_wal, 64),
            |       last_failed_time FROM pg_stat_archiver
                                                repo1: [FileOpenError] unable to open file '/a' for read: [13] Permission denied
            2026-11-28 05:51:56.001 UTC [11] LOG:  archive command failed with exit code 103
            2026-11-28 05:51:57.240 P00   WARN: a later message
                                                with a second line
            """;

        Assert.Equal(
            "[103]: unable to find a valid repository: repo1: [FileOpenError] unable to open file '/a' for read: [13] Permission denied",
            ArchiveSeen.WordsOf(log.Replace('|', '\t')));
    }

    /// <summary>As Podman 4.3 shows it where pgBackRest was interrupted between the indentation of a line and the line.</summary>
    [Fact]
    public void A_reason_whose_indentation_is_at_the_end_of_the_line_before_is_told()
    {
        const string log =
            """
            2026-11-28 23:11:25.309 P00  ERROR: [103]: unable to find a valid repository:                                    |
            repo1: [ServiceError] host [94] and configured fingerprint (repo-sftp-host-fingerprint) [21] do not match
            2026-11-28 23:11:25.313 UTC [20] LOG:  archive command failed with exit code 103
            """;

        Assert.Equal(
            "[103]: unable to find a valid repository: repo1: [ServiceError] host [94] and configured fingerprint "
                + "(repo-sftp-host-fingerprint) [21] do not match",
            ArchiveSeen.WordsOf(log.Replace("|", "", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_last_error_of_a_log_is_told_in_pgBackRests_words()
    {
        const string log =
            """
            ERROR: [055]: an older one
            2026-11-28 00:16:30.923 UTC [11] LOG:  archive command failed with exit code 103
            ERROR: [103]: unable to find a valid repository:
                   repo1: [FileOpenError] unable to load info file '/var/lib/cortex-backup/a' or '/var/lib/cortex-backup/a.copy':
                   FileOpenError: unable to open file '/var/lib/cortex-backup/a' for read: [13] Permission denied
                   HINT: has a stanza-create been performed?
            2026-11-28 00:16:31.525 UTC [1] LOG:  checkpoint starting: time
            """;

        Assert.Equal(
            "[103]: unable to find a valid repository: FileOpenError: unable to open file '/var/lib/cortex-backup/a' for read: "
                + "[13] Permission denied",
            ArchiveSeen.WordsOf(log));
        Assert.Equal("[031]: no such option", ArchiveSeen.WordsOf("P00  ERROR: [031]: no such option"));
        Assert.Null(ArchiveSeen.WordsOf("2026-11-28 00:16:31.525 UTC [1] LOG:  checkpoint starting: time"));
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("00000002.history", "")]
    [InlineData("000000010000000000000007", "000000010000000000000007")]
    [InlineData("000000010000000000000007.00000028.backup", "000000010000000000000007")]
    [InlineData("000000010000000000000007.partial", "000000010000000000000007")]
    [InlineData("00000001000000000000000'; --", "")]
    public void What_is_archived_is_known_from_the_name_of_a_segment(string? last, string from) =>
        Assert.Equal(new ArchiveBound(from), ArchiveBound.Of(last));

    [Theory]
    [InlineData("backup: pgBackRest 2.55.1", "2.55.1")]
    [InlineData("backup: ", null)]
    [InlineData("17.6", null)]
    public void The_version_in_an_image_is_read(string line, string? version) =>
        Assert.Equal(version, BackupProgram.Version(["999", line]));
}
