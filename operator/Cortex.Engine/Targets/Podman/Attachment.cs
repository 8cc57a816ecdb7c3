using System.Buffers.Binary;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// The output of a running container as a stream of frames: one byte with the number of the stream (1 output, 2 error), three zero bytes,
/// four bytes with the length, and the content (https://docs.docker.com/reference/api/engine, ContainerAttach). The stream ends with the
/// container.
/// </summary>
internal static class Attachment
{
    public const byte StandardOutput = 1;

    private const int Header = 8;

    /// <summary>Hands over every frame until the stream ends.</summary>
    public static async Task ReadAsync(Stream stream, Action<byte, ReadOnlyMemory<byte>> frame, CancellationToken ct)
    {
        var header = new byte[Header];
        var buffer = new byte[32 * 1024];
        while (await stream.ReadAtLeastAsync(header, Header, throwOnEndOfStream: false, ct) == Header)
        {
            var left = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4));
            while (left > 0)
            {
                var count = await stream.ReadAsync(buffer.AsMemory(0, Math.Min(left, buffer.Length)), ct);
                if (count == 0)
                {
                    return;
                }

                frame(header[0], buffer.AsMemory(0, count));
                left -= count;
            }
        }
    }
}
