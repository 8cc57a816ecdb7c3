using System.Buffers.Binary;

namespace Cortex.Core.Postgres;

/// <summary>What <c>global/pg_control</c> says of a data directory at rest.</summary>
/// <param name="SystemIdentifier">Of initdb.</param>
/// <param name="Checkpoint">Where the latest checkpoint record begins. After a clean shutdown it is the last record.</param>
/// <param name="Timeline">Of that checkpoint.</param>
/// <param name="Recovered">How far a standby has replayed at least; null on a primary.</param>
public sealed record ControlFile(string SystemIdentifier, ControlState State, Lsn Checkpoint, long Timeline, WalPosition? Recovered = null)
{
    /// <summary>Of the whole file, in bytes.</summary>
    public const int Size = 8192;

    /// <summary>
    /// Of a checkpoint record up to version 18: the header of the record, the header of its data, and the checkpoint itself.
    /// </summary>
    private const int ShortestCheckpoint = 24 + 2 + 88;

    /// <summary>
    /// Since 19 a checkpoint in the control file says whether WAL is decoded, which moves the fields after it. The format of 20 is not
    /// known.
    /// </summary>
    private const int Nineteen = 1900;
    private const int Twenty = 2000;
    private const int LongerSinceNineteen = 8;

    /// <summary>Where the five values lie up to version 18, and the largest possible value of the first four (MAX_BACKENDS).</summary>
    private const int LimitsAt = 180;
    private const int LargestLimit = 0x3FFFF;

    /// <summary>
    /// The <see cref="StandbyLimits"/> of the primary, as far as a standby has replayed; the standby needs at least these to start.
    /// </summary>
    public IReadOnlyDictionary<string, int> Limits { get; init; } = new Dictionary<string, int>();

    /// <summary>Bytes of its checkpoint record in WAL.</summary>
    public int CheckpointLength { get; init; } = ShortestCheckpoint;

    /// <summary>After a clean shutdown: a server that has WAL up to here has all of it.</summary>
    public Lsn EndOfShutdown => new(Checkpoint.Bytes + (ulong)CheckpointLength);

    /// <summary>
    /// The beginning of the file, as PostgreSQL 13 and later write it on little-endian machines
    /// (https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_control.h).
    /// </summary>
    /// <returns>Null when these are not the bytes of such a file.</returns>
    public static ControlFile? Parse(byte[]? content)
    {
        ReadOnlySpan<byte> bytes = content;
        if (bytes.Length != Size)
        {
            return null;
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        var state = BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]);
        var longer = version >= Nineteen ? LongerSinceNineteen : 0;
        return version is >= 1300 and < Twenty && state <= (uint)ControlState.InProduction
            ? new ControlFile(
                BinaryPrimitives.ReadUInt64LittleEndian(bytes).ToString(System.Globalization.CultureInfo.InvariantCulture),
                (ControlState)state,
                new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..])),
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[48..]),
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[(136 + longer)..]) is > 0 and var replayed
                    ? new WalPosition(BinaryPrimitives.ReadUInt32LittleEndian(bytes[(144 + longer)..]), new Lsn(replayed))
                    : null)
            {
                Limits = ReadLimits(bytes[(LimitsAt + longer)..]),
                CheckpointLength = ShortestCheckpoint + longer,
            }
            : null;
    }

    private static Dictionary<string, int> ReadLimits(ReadOnlySpan<byte> bytes)
    {
        Dictionary<string, int> limits = [];
        foreach (var (at, name) in StandbyLimits.InControlFile.Index())
        {
            if (BinaryPrimitives.ReadInt32LittleEndian(bytes[(at * sizeof(int))..]) is >= 0 and <= LargestLimit and var value)
            {
                limits[name] = value;
            }
        }

        return limits;
    }
}

/// <summary>How a server last left its data directory, or that it is still in use.</summary>
public enum ControlState
{
    StartingUp = 0,

    /// <summary>A primary that ended cleanly: its last record is the shutdown checkpoint.</summary>
    ShutDown = 1,

    /// <summary>A standby that ended cleanly.</summary>
    ShutDownInRecovery = 2,

    ShuttingDown = 3,
    InCrashRecovery = 4,

    /// <summary>A standby, never promoted: the state changes before the first write is accepted.</summary>
    InArchiveRecovery = 5,

    InProduction = 6,
}
