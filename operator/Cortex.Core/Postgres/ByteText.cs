using System.Globalization;

namespace Cortex.Core.Postgres;

/// <summary>Numbers of bytes for people, in units of a thousand.</summary>
public static class ByteText
{
    private static readonly (long Size, string Name)[] Units =
    [
        (1_000_000_000_000, "TB"),
        (1_000_000_000, "GB"),
        (1_000_000, "MB"),
        (1_000, "kB"),
    ];

    /// <summary>As in <c>1.2 GB</c>.</summary>
    public static string Of(long bytes)
    {
        var (size, name) = Unit(bytes);
        return string.Create(CultureInfo.InvariantCulture, $"{(double)bytes / size:0.0} {name}");
    }

    /// <summary>As in <c>1.2 of 3.4 GB</c>.</summary>
    public static string Of(long part, long whole)
    {
        var (size, name) = Unit(whole);
        return string.Create(CultureInfo.InvariantCulture, $"{(double)part / size:0.0} of {(double)whole / size:0.0} {name}");
    }

    private static (long Size, string Name) Unit(long bytes) => Units.FirstOrDefault(unit => unit.Size <= bytes, Units[^1]);
}
