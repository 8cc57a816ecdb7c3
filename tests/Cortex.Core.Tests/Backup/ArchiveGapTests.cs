using Cortex.Core.Api;
using Cortex.Core.Backup;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Backup;

/// <summary>WAL that was given up, and the backup that makes it good.</summary>
public sealed class ArchiveGapTests
{
    private const string Before = "000000010000000000000004";
    private const string Lost = "000000010000000000000005";
    private const string After = "000000010000000000000006";

    private static readonly ArchiveGapStatus Gap = new() { GivenUp = Lost, At = Now };

    /// <summary>Whether there is a gap, by the first segment of the newest backup.</summary>
    [Theory]
    [InlineData(null, false)]
    [InlineData(Before, true)]
    [InlineData(Lost, true)]
    [InlineData(After, false)]
    [InlineData("000000020000000000000005", false)]
    public void A_gap_ends_with_a_backup_that_begins_after_it(string? newest, bool isOpen) =>
        Assert.Equal(isOpen ? Gap : null, ArchiveGap.Of(new(), Seen(Gap, newest is null ? [] : [From(newest)])));

    [Fact]
    public void A_gap_of_a_former_primary_is_remembered_until_a_backup_ends_it()
    {
        var before = new BackupStatus { Archive = new() { BacklogSegments = 0, Gap = Gap } };

        Assert.Equal(Gap, ArchiveGap.Of(before, Seen(null, From(Before))));
        Assert.Equal(Gap, ArchiveGap.Of(before, Seen(Gap with { GivenUp = Before }, From(Before))));
        Assert.Equal(Gap, ArchiveGap.Of(before, Seen(null, From(Before)) with { Repository = null }));
        Assert.Null(ArchiveGap.Of(before, Seen(null, From(After))));
    }

    [Fact]
    public void While_the_repository_cannot_be_read_what_came_after_the_last_known_backup_is_a_gap()
    {
        var unread = Seen(Gap) with { Repository = null };

        Assert.Equal(Gap, ArchiveGap.Of(Backed(Now.AddMinutes(-1)), unread));
        Assert.Null(ArchiveGap.Of(Backed(Now.AddMinutes(1)), unread));
        Assert.Equal(Gap, ArchiveGap.Of(new(), unread));

        static BackupStatus Backed(DateTimeOffset at) =>
            new() { LastBackup = new() { Label = "20260101-100000F", Type = "Full", StoppedAt = at } };
    }

    [Theory]
    [InlineData("000000010000000000000005\n", Lost)]
    [InlineData("00000002.history\n", "00000002.history")]
    [InlineData("000000010000000000000005.00000028.backup\n", "000000010000000000000005.00000028.backup")]
    [InlineData("../../etc/passwd", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Only_the_name_of_a_WAL_file_is_taken(string? text, string? name) => Assert.Equal(name, ArchiveGap.File(text));

    [Fact]
    public void One_full_backup_repairs_a_gap_and_none_is_made_beside_another()
    {
        var cluster = Cluster(
            new() { Backup = new() }, new ClusterStatus { Backup = new() { Archive = new() { BacklogSegments = 0, Gap = Gap } } });
        var repair = ArchiveGap.Repair(cluster, []);

        Assert.Equal(("cortex-gap-000000010000000000000005", BackupType.Full), (repair?.Metadata.Name, repair?.Spec.Type));
        Assert.Null(ArchiveGap.Repair(cluster, [new() { Status = new() { Phase = BackupPhases.Running } }]));
        Assert.NotNull(ArchiveGap.Repair(cluster, [new() { Status = new() { Phase = BackupPhases.Completed } }]));
        Assert.Null(ArchiveGap.Repair(Cluster(new() { Backup = new() }, new ClusterStatus()), []));
        Assert.Null(ArchiveGap.Repair(null, []));
    }

    private static ArchiveSeen Seen(ArchiveGapStatus? givenUp, params BackupSeen[] backups) =>
        new(After, false, null, 0) { GivenUp = givenUp, Repository = new RepositorySeen(true, backups, After) };

    private static BackupSeen From(string segment) =>
        new("20260101-100000F", "full", Now.AddHours(-1), Now.AddHours(-1), segment, segment, Size: 100, Stored: 10, IsDamaged: false);
}
