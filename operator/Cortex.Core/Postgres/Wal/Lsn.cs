using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Cortex.Core.Postgres;

/// <summary>A position in the write-ahead log, in bytes from its beginning.</summary>
/// <remarks>https://www.postgresql.org/docs/current/datatype-pg-lsn.html</remarks>
public readonly record struct Lsn(ulong Bytes) : IComparable<Lsn>
{
    /// <summary>"0/0": the server's value for "no such position".</summary>
    public static readonly Lsn Zero;

    /// <summary>Reads <c>16/B374D848</c>: two hexadecimal halves of 1 to 8 digits.</summary>
    /// <exception cref="FormatException">The text does not have this form.</exception>
    public static Lsn Parse(string text) =>
        TryParse(text, out var lsn) ? lsn : throw new FormatException($"\"{text}\" is not a WAL position like 16/B374D848.");

    public static bool TryParse([NotNullWhen(true)] string? text, out Lsn lsn)
    {
        lsn = default;
        if (text?.Split('/') is not [{ Length: > 0 and <= 8 } high, { Length: > 0 and <= 8 } low]
            || !uint.TryParse(high, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var upper)
            || !uint.TryParse(low, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var lower))
        {
            return false;
        }

        lsn = new Lsn(((ulong)upper << 32) | lower);
        return true;
    }

    /// <summary>How many bytes this position is behind <paramref name="other"/>; 0 when it is equal or ahead.</summary>
    public ulong BytesBehind(Lsn other) => other.Bytes > Bytes ? other.Bytes - Bytes : 0;

    public int CompareTo(Lsn other) => Bytes.CompareTo(other.Bytes);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Bytes >> 32:X}/{(uint)Bytes:X}");

    public static bool operator <(Lsn left, Lsn right) => left.Bytes < right.Bytes;

    public static bool operator >(Lsn left, Lsn right) => left.Bytes > right.Bytes;

    public static bool operator <=(Lsn left, Lsn right) => left.Bytes <= right.Bytes;

    public static bool operator >=(Lsn left, Lsn right) => left.Bytes >= right.Bytes;
}
