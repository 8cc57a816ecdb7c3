using System.Text;

namespace Cortex.Cli.Delegation;

/// <summary>
/// What a command printed, and its exit code. On the socket: for each piece of output the number of its stream (1 or 2), its length in four
/// bytes, and its text in UTF-8; at the end 0 and the exit code in four bytes. Numbers are little-endian.
/// </summary>
internal sealed class CommandAnswer
{
    private const int Header = 1 + sizeof(int);

    private readonly List<byte> pieces = [];
    private readonly Lock writing = new();

    public CommandAnswer() => (Output, Error) = (new Piece(this, 1), new Piece(this, 2));

    public TextWriter Output { get; }

    public TextWriter Error { get; }

    public byte[] Encode(int exitCode)
    {
        lock (writing)
        {
            return [.. pieces, 0, .. BitConverter.GetBytes(exitCode)];
        }
    }

    /// <summary>Writes the output to the two streams, in the order in which it was printed.</summary>
    /// <returns>The exit code; null, with nothing written, if the answer is not complete.</returns>
    public static int? Replay(ReadOnlySpan<byte> answer, Stream output, Stream error)
    {
        if (!IsComplete(answer))
        {
            return null;
        }

        while (answer[0] != 0)
        {
            var text = answer.Slice(Header, BitConverter.ToInt32(answer[1..]));
            (answer[0] == 1 ? output : error).Write(text);
            answer = answer[(Header + text.Length)..];
        }

        return BitConverter.ToInt32(answer[1..]);
    }

    private static bool IsComplete(ReadOnlySpan<byte> answer)
    {
        while (answer.Length > Header && answer[0] is 1 or 2)
        {
            var length = BitConverter.ToInt32(answer[1..]);
            if (length < 0 || length > answer.Length - Header)
            {
                return false;
            }

            answer = answer[(Header + length)..];
        }

        return answer.Length == Header && answer[0] == 0;
    }

    private void Add(byte stream, string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        lock (writing)
        {
            pieces.Add(stream);
            pieces.AddRange(BitConverter.GetBytes(bytes.Length));
            pieces.AddRange(bytes);
        }
    }

    private sealed class Piece(CommandAnswer answer, byte stream) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => answer.Add(stream, value.ToString());

        public override void Write(string? value) => answer.Add(stream, value ?? "");

        public override void Write(char[] buffer, int index, int count) => answer.Add(stream, new string(buffer, index, count));

        public override void WriteLine(string? value) => answer.Add(stream, $"{value}\n");
    }
}
