using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Core.Tests.Builders;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>When a standby is made from a backup, or catches up from the archive.</summary>
public sealed class StandbySourceTests
{
    private const long Gibibyte = 1L << 30;
    private const long Large = 10 * Gibibyte;
    private const string Label = "20260101-100000F";

    [Theory]
    [InlineData("a large database", Large, 1, null, true)]
    [InlineData("a small one", Large - 1, 1, null, false)]
    [InlineData("a small one, when that is asked for", Gibibyte, 0, StandbyOrigin.Backup, true)]
    [InlineData("a large one, when a copy is asked for", Large, 1, StandbyOrigin.Primary, false)]
    [InlineData("a third of its size was written since", Large, 4, null, false)]
    public void A_missing_standby_is_made_from_the_newest_backup_of(
        string situation, long size, int writtenSince, StandbyOrigin? asked, bool restores)
    {
        var join = Assert.Single(Missing(Archive(size), writtenSince * Gibibyte, Backed(asked)).OfType<Step.Join>());

        Assert.True(new ArchiveUse(Replay: false, restores ? Label : null) == (join.Archive ?? new(false, null)), situation);
    }

    public static TheoryData<string> Unusable => ["failing", "given up", "not prepared", "not read", "damaged", "gap"];

    [Theory]
    [MemberData(nameof(Unusable))]
    public void An_archive_that_does_not_work_makes_no_standby(string why)
    {
        var sound = Archive(Large);
        var archive = why switch
        {
            "failing" => sound with { IsFailing = true },
            "given up" => sound with { GivenUp = new() { GivenUp = sound.LastArchived!, At = Now } },
            "not prepared" => sound with { Repository = new(false, [], null), MayPrepare = false },
            "not read" => sound with { Repository = null },
            "damaged" => sound with { Repository = new(true, [Backup(Large) with { IsDamaged = true }], null) },
            _ => sound,
        };
        var status = Led() with { Backup = why == "gap" ? Gap : null };
        var join = Assert.Single(Missing(archive, 0, Backed(null), status).OfType<Step.Join>());

        Assert.Null(join.Archive);
    }

    [Theory]
    [InlineData("less was written than the database has", 1, true)]
    [InlineData("more was written", 11, false)]
    public void A_standby_that_is_too_far_behind_gets_its_WAL_from_the_archive_if(string situation, int written, bool replays)
    {
        var slots = Slots([Pr, S1], Pr).ToDictionary();
        slots["cortex_s1"] = new SlotSeen(Active: false, Reserved: false, Lost: true);
        var leader = Writing() with { Lsn = (ulong)(1000 + (written * Gibibyte)), Slots = slots };
        var seen = Sound().WithPostgres(Pr, leader).WithPostgres(S1, Following(1, 1000, streaming: false));
        seen = seen with { Archive = Archive(Large) };
        var join = Assert.Single(Plan(Cluster(Backed(null), Led()), seen).Flat().OfType<Step.Join>());

        Assert.Equal(ExistingData.Behind, join.Existing);
        Assert.True(replays == (join.Archive?.Replay == true), situation);
        Assert.Equal(replays ? Label : null, join.Archive?.Backup);
    }

    [Fact]
    public void A_backup_that_ended_after_its_timeline_was_left_makes_no_standby()
    {
        var late = Archive(Large) with { Repository = new(true, [Backup(Large) with { ConsistentAt = new(1001) }], null) };
        var seen = Sound().WithPostgres(Pr, Writing(2) with { History = Left, Lsn = 2000, Slots = Slots([Pr, S1], Pr) })
            .WithPod(S1, null).WithPostgres(S1, null).WithoutVolume(S1) with { Archive = late };
        var plan = Plan(Cluster(Backed(null), Led() with { Timeline = 2 }), seen);

        Assert.Null(Assert.Single(plan.Flat().OfType<Step.Join>()).Archive);
    }

    [Fact]
    public void A_replay_that_was_interrupted_goes_on()
    {
        var seen = Sound().WithPostgres(Pr, Writing() with { Slots = Slots([Pr, S1], Pr) }).WithPostgres(S1, null)
            .WithPod(S1, Pod(S1, PodState.Exited)) with { Archive = Archive(Large) };
        var plan = Plan(Cluster(Backed(StandbyOrigin.Primary), Led() with { Fenced = [S1] }), seen);

        Assert.Equal(new ArchiveUse(Replay: true, null), Assert.Single(plan.Flat().OfType<Step.Join>()).Archive);
    }

    /// <summary>Timeline 1 was left at 1000.</summary>
    private static readonly Timeline Left = Timeline.Parse(2, "1\t0/3E8\tno recovery target specified");

    private static IReadOnlyList<Step> Missing(ArchiveSeen archive, long written, ClusterSpec spec, ClusterStatus? status = null)
    {
        var seen = Sound().WithPostgres(Pr, Writing() with { Lsn = (ulong)(1000 + written), Slots = Slots([Pr, S1], Pr) })
            .WithPod(S1, null).WithPostgres(S1, null).WithoutVolume(S1) with { Archive = archive };
        return [.. Plan(Cluster(spec, status ?? Led()), seen).Flat()];
    }

    private static readonly BackupStatus Gap = new()
    {
        Archive = new() { BacklogSegments = 0, Gap = new() { GivenUp = "000000010000000000000002", At = Now } },
    };

    private static ClusterSpec Backed(StandbyOrigin? origin) =>
        new() { Backup = new() { Repository = new() { Directory = new() { Volume = "backups" } }, StandbysFrom = origin } };

    private static ArchiveSeen Archive(long size) =>
        new("000000010000000000000003", IsFailing: false, null, 0) { Repository = new(true, [Backup(size)], "000000010000000000000003") };

    private static BackupSeen Backup(long size)
    {
        const string wal = "000000010000000000000002";
        return new(Label, "full", Now.AddHours(-2), Now.AddHours(-2), wal, wal, size, size, IsDamaged: false) { ConsistentAt = new(1000) };
    }
}
