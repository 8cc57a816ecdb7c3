using Cortex.Core.Api;
using Cortex.Core.Backup;

namespace Cortex.Core.Tests.Backup;

/// <summary>What a restore test says, from the output of its container.</summary>
public sealed class VerificationEndTests
{
    private const string Sound =
        """
        verify: needs 1127679056
        2026-11-28 10:59:23.540 GMT [177] LOG:  selected new timeline ID: 2
        verify: restored
        verify: next 742
        verify: recovered 0/C000000
        verify: segment 00000002000000000000000B
        verify: timeline 1
        verify: commit 1795863448
        verify: database postgres
        verify: indexes 167 of 167
        verify: database We ird=x
        verify: indexes 164 of 164
        verify: complete
        verify: took 41
        """;

    private static readonly DateTimeOffset Began = DateTimeOffset.FromUnixTimeSeconds(1795863478);

    private static readonly VerificationOrder Order = new()
    {
        StartedAt = Began,
        Backup = "20261128-105706F",
        StoppedAt = Began.AddMinutes(-10),
        Needs = 1127679056,
        NewestWal = "00000001000000000000000B",
        NextTransaction = 745,
    };

    [Fact]
    public void A_sound_backup_has_a_receipt_with_what_is_missing() => Assert.Equal(
        new VerificationReceipt
        {
            Verdict = VerificationVerdicts.Succeeded,
            Backup = "20261128-105706F",
            StartedAt = Began,
            DurationSeconds = 41,
            RecoveredUntil = Began.AddSeconds(-30),
            RecoveredLsn = "0/C000000",
            MissingTransactions = 3,
            MissingSeconds = 30,
            CheckedIndexes = 331,
        },
        VerificationEnd.Of(Order, 0, Sound));

    [Theory]
    [InlineData(742, 0L, 0L)]
    [InlineData(700, 0L, 0L)]
    [InlineData(null, null, null)]
    public void Nothing_is_missing_where_the_primary_had_written_nothing_more(int? next, long? transactions, long? seconds)
    {
        var receipt = VerificationEnd.Of(Order with { NextTransaction = next }, 0, Sound);

        Assert.Equal((transactions, seconds), (receipt.MissingTransactions, receipt.MissingSeconds));
    }

    [Fact]
    public void Without_a_commit_after_the_backup_it_is_recovered_up_to_the_end_of_the_backup() => Assert.Equal(
        Order.StoppedAt, VerificationEnd.Of(Order, 0, Without("verify: commit")).RecoveredUntil);

    /// <summary>To PostgreSQL, a segment that is missing is the end of the archive.</summary>
    [Theory]
    [InlineData("00000001000000000000000B", true)]
    [InlineData("00000001000000000000000C", false)]
    [InlineData("000000010000000100000000", false)]
    [InlineData("00000002000000000000000C", true)]
    [InlineData(null, true)]
    public void Recovery_that_ends_before_the_newest_segment_of_its_timeline_fails(string? newest, bool succeeds)
    {
        var receipt = VerificationEnd.Of(Order with { NewestWal = newest }, 0, Sound);

        Assert.Equal(succeeds ? VerificationVerdicts.Succeeded : VerificationVerdicts.Failed, receipt.Verdict);
        Assert.True(succeeds || receipt.Message!.Contains(newest!, StringComparison.Ordinal), receipt.Message);
    }

    [Fact]
    public void A_damaged_index_fails_with_the_words_of_amcheck() => Assert.Equal(
        (VerificationVerdicts.Failed, "damaged indexes: 1, the first: item order invariant violated for index \"bad index\""),
        Said(0, Sound.Replace("164 of 164", "163 of 164", StringComparison.Ordinal)
            + "\nERROR:  item order invariant violated for index \"bad index\"\nDETAIL:  Lower index tid=(3,2)\n"));

    [Fact]
    public void An_output_that_ends_early_is_no_success() => Assert.Equal(
        VerificationVerdicts.Failed, Said(0, Without("verify: complete")).Verdict);

    [Fact]
    public void An_image_without_amcheck_is_said()
    {
        var receipt = VerificationEnd.Of(Order, 0, Without("verify: complete", "verify: indexes") + "\nverify: amcheck none\n");

        Assert.Equal((VerificationVerdicts.Succeeded, null), (receipt.Verdict, receipt.CheckedIndexes));
        Assert.Equal("the image has no amcheck: indexes were not checked", receipt.Message);
    }

    [Theory]
    [InlineData(
        """
        2026-11-28 11:00:14.920 P00  ERROR: [026]: raised from local-1 protocol: error restoring '/x/2664': actual checksum 'f2' differs
        verify: took 46
        """,
        "[026]: raised from local-1 protocol: error restoring '/x/2664': actual checksum 'f2' differs")]
    [InlineData(
        """
        verify: restored
        damaged segment: archive/cortex/17-1/0000000100000000/000000010000000000000008-41c3.zst
        2026-11-28 11:01:30.591 GMT [159] FATAL:  could not restore file "000000010000000000000008" from archive: child process exited
        """,
        "the WAL segment archive/cortex/17-1/0000000100000000/000000010000000000000008-41c3.zst of the repository is damaged")]
    [InlineData(
        "verify: restored\n2026-11-28 11:01:30.591 GMT [159] FATAL:  requested timeline 3 is not a child of this server's history",
        "FATAL: requested timeline 3 is not a child of this server's history")]
    [InlineData("verify: database app\npsql: error: x\nERROR:  invalid page in block 3\nverify: took 4", "invalid page in block 3")]
    [InlineData("sh: 3: pgbackrest: not found\nverify: took 0", "it ended with exit code 1: sh: 3: pgbackrest: not found")]
    public void A_failure_is_told_in_the_words_of_the_tool(string output, string words) =>
        Assert.Equal((VerificationVerdicts.Failed, words), Said(1, output));

    [Theory]
    [InlineData(75, "verify: free 5\nverify: took 0", "the test needs 1127679056 bytes and leaves 536870912 free, and 5 are free")]
    [InlineData(137, "verify: restored", "its container was ended before the test was complete, exit code 137")]
    public void What_says_nothing_about_the_backup_is_no_failure(int exitCode, string output, string words)
    {
        var (verdict, message) = Said(exitCode, output);

        Assert.Equal(VerificationVerdicts.Skipped, verdict);
        Assert.Contains(words, message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_container_was_started_with_is_read_from_its_label()
    {
        Assert.Equal(Order, VerificationOrder.Parse(Order.ToLabel()));
        Assert.Null(VerificationOrder.Parse(null));
        Assert.Null(VerificationOrder.Parse("{}"));
        Assert.Null(VerificationOrder.Parse("x"));
    }

    private static (string Verdict, string? Message) Said(int exitCode, string output)
    {
        var receipt = VerificationEnd.Of(Order, exitCode, output);
        return (receipt.Verdict, receipt.Message);
    }

    private static string Without(params string[] beginnings) => string.Join(
        '\n', Sound.Split('\n').Where(line => !beginnings.Any(beginning => line.StartsWith(beginning, StringComparison.Ordinal))));
}
