using System.Text;

namespace Cortex.Cli.Delegation;

/// <summary>
/// A command line, and what of its environment changes the answer. On the socket: four bytes with the length (little-endian), then the
/// fields in UTF-8 with a NUL between them, which no argument and no path can contain.
/// </summary>
/// <param name="Build">The program of the caller. Another program may answer in another way.</param>
/// <param name="Directory">The directory that relative paths of the arguments begin in.</param>
/// <param name="Live">Whether the output is a terminal.</param>
internal sealed record CommandRequest(
    string Build, string Directory, string Launcher, string Home, bool Live, bool Colour, IReadOnlyList<string> Arguments)
{
    /// <summary>More than the longest command line that makes sense here: an argument is a name or a path.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int Fixed = 6;

    private const string Yes = "yes";

    /// <summary>Changes with every build: each has a folder of its own, or replaces the files of the one before.</summary>
    public static string ThisBuild { get; } =
        $"{AppContext.BaseDirectory}@{File.GetLastWriteTimeUtc(Path.Combine(AppContext.BaseDirectory, "cortex.dll")).Ticks}";

    public byte[] Encode()
    {
        string[] words = [Build, Directory, Launcher, Home, Live ? Yes : "", Colour ? Yes : "", .. Arguments];
        var text = string.Join('\0', words);
        var message = new byte[sizeof(int) + Encoding.UTF8.GetByteCount(text)];
        BitConverter.TryWriteBytes(message, message.Length - sizeof(int));
        Encoding.UTF8.GetBytes(text, message.AsSpan(sizeof(int)));
        return message;
    }

    /// <param name="fields">What follows the length.</param>
    /// <returns>Null if it is not a request.</returns>
    public static CommandRequest? Decode(ReadOnlySpan<byte> fields)
    {
        var words = Encoding.UTF8.GetString(fields).Split('\0');
        return words.Length < Fixed ? null
            : new(words[0], words[1], words[2], words[3], words[4] == Yes, words[5] == Yes, words[Fixed..]);
    }
}
