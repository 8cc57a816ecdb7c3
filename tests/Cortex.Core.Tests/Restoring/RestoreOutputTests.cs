using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Restoring;

namespace Cortex.Core.Tests.Restoring;

/// <summary>What is read of the words of pgBackRest 2.55 and PostgreSQL 17 while a restore runs, and when it has ended.</summary>
public sealed class RestoreOutputTests
{
    private const string Copying =
        """
        2026-11-28 04:10:50.485 P01 DETAIL: restore file /var/lib/cortex/pgdata.new/base/4/4148 (bundle 1/833170, 8KB, 34.42%) checksum 89cb
        2026-11-28 04:10:50.485 P01 DETAIL: restore file /var/lib/cortex/pgdata.new/base/4/4146 (8KB, 50.00%) checksum 9066
        """;

    private const string Replaying =
        """
        2026-11-28 04:10:53.065 GMT [21] LOG:  restored log file "000000010000000000000003" from archive
        2026-11-28 04:10:53.065 GMT [21] LOG:  restored log file "000000010000000000000004" from archive
        """;

    private const string NotReached =
        """
        2026-11-28 04:10:53.174 GMT [21] LOG:  last completed transaction was at log time 2026-11-28 04:09:45.805341+00
        2026-11-28 04:10:53.174 GMT [21] FATAL:  recovery ended before configured recovery target was reached
        recovery ended with exit code 1
        """;

    private static readonly RestoreStatus Begun = new()
    {
        Phase = RestorePhases.Recovering,
        Request = "r",
        Folder = "f",
        Backup = "b",
        Target = "2026-11-28T05:00:00Z",
        FirstRecoverable = new(2026, 11, 28, 4, 0, 0, TimeSpan.Zero),
        LatestRecoverable = new(2026, 11, 28, 5, 1, 0, TimeSpan.Zero),
    };

    [Theory]
    [InlineData("", RestorePhases.Copying, "the backup is read")]
    [InlineData(Copying, RestorePhases.Copying, "1.0 of 2.0 GB copied")]
    [InlineData("2026 P00   INFO: restore command end: completed successfully (3562ms)", RestorePhases.Recovering, "WAL is replayed")]
    [InlineData(Replaying, RestorePhases.Recovering, "WAL is replayed, up to 000000010000000000000004")]
    public void Progress_is_the_bytes_that_are_copied_and_then_the_WAL_that_is_replayed(string output, string phase, string words) =>
        Assert.Equal(new RestoreProgress(phase, words), RestoreProgress.Of(output, 2_000_000_000));

    [Theory]
    [InlineData("restoring backup 20260101-100000F\n", "the backup is read")]
    [InlineData("replaying the archive\n", "WAL is replayed")]
    [InlineData("restoring backup 20260101-100000F\n" + Copying + "\n" + Replaying, "WAL is replayed, up to 000000010000000000000004")]
    [InlineData(Replaying + "\nthe backup cannot become a standby\nthe primary is copied\n", null)]
    [InlineData("replaying the archive\nit cannot catch up\nrestoring backup 20260101-100000F\n", "the backup is read")]
    [InlineData("", null)]
    public void A_standby_that_is_made_with_the_archive_tells_so_until_its_primary_is_copied(string output, string? words) =>
        Assert.Equal(words, RestoreProgress.OfJoin(output)?.Says);

    [Fact]
    public void Without_the_size_progress_is_a_share() => Assert.Equal("50 % copied", RestoreProgress.Of(Copying, null).Says);

    [Fact]
    public void Restored_data_are_known_by_their_system_and_their_timeline() =>
        Assert.Equal(
            new RestoreEnd("7713069681621508113", 2, null, false),
            RestoreEnd.Of(0, "a\nrestored: system 7713069681621508113, timeline 2\n", Begun));

    [Fact]
    public void A_target_that_was_not_reached_is_final_and_is_told_with_both_moments_and_the_last_commit()
    {
        var end = RestoreEnd.Of(1, NotReached, Begun);

        Assert.True(end.IsFinal);
        Assert.Equal(
            "2026-11-28T05:00:00Z was not reached: recovery ended before configured recovery target was reached; "
                + "the last commit that was found is of 2026-11-28 04:09:45.805341+00; "
                + "the first moment that can be restored is 2026-11-28T04:00:00Z, the last is 2026-11-28T05:01:00Z. "
                + "To restore all that was archived, leave the target out",
            end.Failure);
    }

    [Fact]
    public void A_damaged_segment_is_final_and_is_named()
    {
        var end = RestoreEnd.Of(
            1,
            """
            damaged segment: archive/cortex/17-1/0000000100000000/000000010000000000000008-41c3.zst
            2026-11-28 04:10:53.174 GMT [21] FATAL:  could not restore file "000000010000000000000008" from archive
            """,
            Begun);

        Assert.True(end.IsFinal);
        Assert.Equal(
            "the WAL segment archive/cortex/17-1/0000000100000000/000000010000000000000008-41c3.zst of the repository is damaged, and "
                + "nothing after it can be restored. To restore what was archived before, name a time before that",
            end.Failure);
    }

    [Theory]
    [InlineData(65, "the volume has other data, which are kept\n", true, "the volume has other data, which are kept")]
    [InlineData(137, "", false, "")]
    [InlineData(55, "2026-11-28 04:10:53.174 P00  ERROR: [055]: unable to load info file\n", false, "[055]: unable to load info file")]
    [InlineData(0, "nothing that is known\n", false, "nothing that is known")]
    public void A_restore_that_may_succeed_later_is_tried_again(int exitCode, string output, bool isFinal, string words)
    {
        var end = RestoreEnd.Of(exitCode, output, Begun);

        Assert.Equal((null, isFinal, words), (end.SystemIdentifier, end.IsFinal, end.Failure));
    }
}
