using System.Globalization;
using Cortex.Chaos.Check;
using Cortex.Chaos.Nemesis;

namespace Cortex.Chaos;

/// <summary>Restores moments of the run from the archive, after the faults have ended and the writers have stopped.</summary>
/// <param name="since">The first moment that can be restored.</param>
internal sealed class ArchiveCheck(ChaosContext context, BackupVolume volume, DateTimeOffset since)
{
    /// <summary>A restore to a time ends with the first later row, so there must be one.</summary>
    private static readonly TimeSpan BeforeTheLastRow = TimeSpan.FromSeconds(1);

    public async Task<IReadOnlyList<RestoredMoment>> ReadAsync(Access access)
    {
        if (context.History.LastByClient?.At - BeforeTheLastRow - since is not { } span || span < TimeSpan.Zero)
        {
            return [];
        }

        var folder = (await Archive.HasAllAsync(context.Cluster, access)).Backup!.Folder!;
        List<RestoredMoment> moments = [];
        for (var number = 0; number < context.Options.Moments; number++)
        {
            var at = since + (span * context.Random.NextDouble());
            context.Print($"  the archive is restored to {at:HH:mm:ss.fff}");
            moments.Add(await RestoreAsync(folder, at));
        }

        return moments;
    }

    private async Task<RestoredMoment> RestoreAsync(string folder, DateTimeOffset at)
    {
        var target = at.ToString("yyyy-MM-dd HH:mm:ss.ffffffzzz", CultureInfo.InvariantCulture);
        var answer = await volume.TryRestoreAsync(
            folder, "select writer, number from appended", "--type=time", $"--target={target}", "--target-action=promote");
        return answer.Succeeded
            ? new RestoredMoment(at, answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Row).ToHashSet())
            : new RestoredMoment(at, new HashSet<RowId>(), answer.Said);
    }

    private static RowId Row(string line) =>
        line.Split('|') is [var writer, var number] ? new RowId(writer, long.Parse(number, CultureInfo.InvariantCulture))
            : throw new FormatException($"this is no row: {line}");
}
