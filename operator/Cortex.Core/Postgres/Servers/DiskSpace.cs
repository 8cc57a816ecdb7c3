using System.Globalization;

namespace Cortex.Core.Postgres;

/// <summary>The space on the file system of an instance's volume, as serve.sh notes it.</summary>
/// <param name="FreeBytes">What an account without privileges can still use.</param>
public sealed record DiskSpace(long SizeBytes, long FreeBytes)
{
    private const int LongestNumber = 15;

    /// <summary>On a small volume a twentieth would be less than a few WAL segments.</summary>
    private const long AlwaysLow = 256L << 20;

    /// <summary>Null where the text is not what serve.sh writes: size and free space in KiB.</summary>
    public static DiskSpace? Parse(string? text) =>
        text?.Split(' ', StringSplitOptions.TrimEntries) is [var size, var free]
        && Number(size) is { } all and > 0 && Number(free) is { } left
            ? new DiskSpace(all << 10, left << 10)
            : null;

    /// <summary>
    /// Less than a twentieth is free, or less than 256 MiB (on a volume of less than 1 GiB, less than a quarter).
    /// </summary>
    /// <param name="wasLow">It was low before: then a quarter more must be free, so that the answer does not change all the time.</param>
    public bool IsLow(bool wasLow)
    {
        var limit = Math.Max(SizeBytes / 20, Math.Min(SizeBytes / 4, AlwaysLow));
        return FreeBytes < (wasLow ? limit + (limit / 4) : limit);
    }

    private static long? Number(string text) =>
        text.Length <= LongestNumber && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
