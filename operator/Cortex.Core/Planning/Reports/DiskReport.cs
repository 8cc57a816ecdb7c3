using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning;

/// <summary>How full the volumes are.</summary>
internal static class DiskReport
{
    private const long SmallestChange = 16L << 20;

    /// <summary>
    /// The space of an instance's volume; null where it does not tell. Free space changes with every commit, and a status that changes in
    /// each pass would wake every client: a value is kept until it differs by much. It is kept, too, while the server does not answer,
    /// perhaps because the volume is full.
    /// </summary>
    public static DiskStatus? Status(Situation now, string instance)
    {
        var before = now.Status.Instances.FirstOrDefault(known => known.Name == instance)?.Disk;
        if (now.Seen.Answer(instance) is not { } answer)
        {
            return now.Seen.Inventory.HasVolume(instance) ? before : null;
        }

        if (answer.Disk is not { } disk)
        {
            return null;
        }

        var present = new DiskStatus
        {
            SizeBytes = disk.SizeBytes,
            FreeBytes = disk.FreeBytes,
            Low = disk.IsLow(wasLow: before is { Low: true }),
        };
        return before is not null && before with { FreeBytes = disk.FreeBytes } == present && IsClose(before, disk) ? before : present;
    }

    /// <summary>Null where no instance tells.</summary>
    public static (string Status, string Reason, string Message)? Condition(IReadOnlyList<InstanceStatus> instances)
    {
        var known = instances.Where(instance => instance.Disk is not null).ToList();
        if (known.Count == 0)
        {
            return null;
        }

        var low = known.Where(instance => instance.Disk is { Low: true }).Select(Text).ToList();
        return low.Count == 0
            ? ("False", Reasons.SpaceLeft, known.Count == instances.Count
                ? "every volume has free space"
                : $"there is free space for {string.Join(", ", known.Select(instance => instance.Name))}; the others do not tell")
            : (
                "True",
                Reasons.LittleSpaceLeft,
                $"{string.Join(", ", low)}. PostgreSQL stops when nothing is left: remove what is not needed, look for replication slots "
                    + "that keep WAL (pg_replication_slots), or enlarge the volume");
    }

    private static string Text(InstanceStatus instance) =>
        $"{ByteText.Of(instance.Disk!.FreeBytes)} of {ByteText.Of(instance.Disk.SizeBytes)} are left for {instance.Name}";

    private static bool IsClose(DiskStatus before, DiskSpace disk) =>
        Math.Abs(before.FreeBytes - disk.FreeBytes) < Math.Min(disk.SizeBytes / 20, Math.Max(before.FreeBytes / 4, SmallestChange));
}
