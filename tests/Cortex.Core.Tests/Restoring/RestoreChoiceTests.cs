using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Postgres;
using Cortex.Core.Restoring;

namespace Cortex.Core.Tests.Restoring;

/// <summary>Which backup leads to what is asked for, and what is said where none does.</summary>
public sealed class RestoreChoiceTests
{
    private const string First = "20260101-100000F";
    private const string Second = "20260101-110000F_20260101-110000I";

    private const string Range = "the first moment that can be restored is 2026-01-01T10:00:31Z, the last is 2026-01-01T12:00:00Z";

    private static readonly DateTimeOffset Ten = new(2026, 1, 1, 10, 0, 0, TimeSpan.Zero);

    private static readonly RepositorySeen Repository = new(
        true,
        [Made(First, Ten, "0/3000000"), Made(Second, Ten.AddHours(1), "0/5000000")],
        "000000010000000000000007")
    {
        CompleteUntil = Ten.AddHours(2),
    };

    public static TheoryData<RestoreTargetSpec, string> Chosen => new()
    {
        { new(), Second },
        { new() { Time = "2026-01-01T10:00:31Z" }, First },
        { new() { Time = "2026-01-01T11:00:30Z" }, First },
        { new() { Time = "2026-01-01T11:00:31Z" }, Second },
        { new() { Time = "2026-01-01T12:00:00Z" }, Second },
        { new() { Time = "2026-01-01T11:30:00Z", Backup = First }, First },
        { new() { Lsn = "0/3000000" }, First },
        { new() { Lsn = "0/4FFFFFF" }, First },
        { new() { Lsn = "0/9000000" }, Second },
        { new() { RestorePoint = "anywhere" }, First },
        { new() { RestorePoint = "later", Backup = Second }, Second },
        { new() { Backup = First }, First },
    };

    [Theory, MemberData(nameof(Chosen))]
    public void The_newest_backup_before_the_target_is_the_beginning(RestoreTargetSpec target, string label) =>
        Assert.Equal((label, null), (Of(target).Backup?.Label, Of(target).WhyNot));

    public static TheoryData<RestoreTargetSpec, string> Refused => new()
    {
        { new() { Time = "2026-01-01T10:00:30.9Z" }, Range },
        { new() { Time = "2026-01-01T12:00:00.1Z" }, Range },
        { new() { Time = "2026-01-01T10:30:00Z", Backup = Second }, $"is before the end of the backup {Second}" },
        { new() { Lsn = "0/2FFFFFF" }, $"is before the end of the first backup, {First} at 0/3000000: {Range}" },
        { new() { Backup = "20250101-100000F" }, $"it has {Second}, {First}" },
    };

    [Theory, MemberData(nameof(Refused))]
    public void What_no_backup_leads_to_is_refused_with_what_there_is(RestoreTargetSpec target, string words)
    {
        Assert.Null(Of(target).Backup);
        Assert.Contains(words, Of(target).WhyNot, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_backup_nothing_can_be_restored() =>
        Assert.Equal("the repository has no backup yet", RestoreChoice.Of(Request(new()), Repository with { Backups = [] }).WhyNot);

    [Fact]
    public void The_list_of_pgBackRest_is_read_with_the_time_of_the_newest_segment()
    {
        const string list =
            """
            [{"archive":[{"database":{"id":1,"repo-key":1},"id":"17-1","max":"000000010000000000000004","min":"000000010000000000000001"}],
            "backup":[{"archive":{"start":"000000010000000000000002","stop":"000000010000000000000002"},"database":{"id":1,"repo-key":1},
            "error":false,"info":{"delta":23421883,"repository":{"delta":2777085,"size":2777085},"size":23421883},
            "label":"20261128-040941F","lsn":{"start":"0/2000028","stop":"0/2000120"},
            "timestamp":{"start":1795838981,"stop":1795838983},"type":"full"}],
            "db":[{"id":1,"repo-key":1,"system-id":7713069681621508113,"version":"17"}],
            "name":"cortex","status":{"code":0,"message":"ok"}}]
            """;
        var line = list.ReplaceLineEndings("");
        var seen = RestoreSourceSeen.Parse($"archived: 1795838986\n{line}\n");

        Assert.Equal((17, Lsn.Parse("0/2000120")), (seen?.MajorVersion, seen?.Backups[0].ConsistentAt));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1795838986), seen?.CompleteUntil);
        var undated = Assert.IsType<RepositorySeen>(RestoreSourceSeen.Parse(line));
        Assert.Null(undated.CompleteUntil);
        Assert.Null(RestoreSourceSeen.Parse("archived: 99999999999999999999999\nERROR: [055]: no"));
    }

    private static RestoreChoice Of(RestoreTargetSpec target) => RestoreChoice.Of(Request(target), Repository);

    private static RestoreRequest Request(RestoreTargetSpec target) => new(new FromBackupSpec { Cluster = "source", Target = target });

    private static BackupSeen Made(string label, DateTimeOffset started, string end) => new(
        label, "full", started, started.AddSeconds(30), "000000010000000000000002", "000000010000000000000003", 1_000_000_000, 1000, false)
    {
        ConsistentAt = Lsn.Parse(end),
    };
}
