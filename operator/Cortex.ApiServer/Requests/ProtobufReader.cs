using Cortex.ApiServer.Errors;

namespace Cortex.ApiServer.Requests;

/// <summary>Reads one protobuf message field by field. https://protobuf.dev/programming-guides/encoding/</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int Varint = 0, EightBytes = 1, Length = 2, FourBytes = 5;
    private ReadOnlySpan<byte> rest = message;
    private ReadOnlySpan<byte> bytes;
    private ulong number;
    private int wire;

    /// <summary>Number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Reads the next field; false at the end.</summary>
    public bool Next()
    {
        if (rest.IsEmpty)
        {
            return false;
        }

        var tag = ReadVarint();
        (Field, wire) = ((int)(tag >> 3), (int)(tag & 7));
        number = 0;
        bytes = default;
        switch (wire)
        {
            case Varint:
                number = ReadVarint();
                break;
            case Length:
                bytes = Take(ReadVarint());
                break;
            case EightBytes:
                Take(8);
                break;
            case FourBytes:
                Take(4);
                break;
            default:
                throw Unreadable($"field {Field} has the unknown wire type {wire}");
        }

        return true;
    }

    /// <summary>The field as a text or a message.</summary>
    public readonly ReadOnlySpan<byte> Bytes() =>
        wire == Length ? bytes : throw Unreadable($"field {Field} is neither a text nor a message");

    /// <summary>The field as a number.</summary>
    public readonly ulong Number() => wire == Varint ? number : throw Unreadable($"field {Field} is not a number");

    /// <summary>The body does not match its media type.</summary>
    public static ApiException Unreadable(string why) =>
        Refusals.BadRequest($"the object provided is unrecognized (must be of type Protobuf): {why}");

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)rest.Length)
        {
            throw Unreadable("it ends within a field");
        }

        var taken = rest[..(int)count];
        rest = rest[(int)count..];
        return taken;
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Take(1)[0];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Unreadable("a number is longer than 64 bits");
    }
}
