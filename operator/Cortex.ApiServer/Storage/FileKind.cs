using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Cortex.ApiServer.Storage;

/// <summary>What a path leads to, found out without opening it: to open a pipe waits until somebody else opens its other end.</summary>
internal static class FileKind
{
    private const int TypeOf = 0xF000;
    private const int Pipe = 0x1000, CharacterDevice = 0x2000, Directory = 0x4000, BlockDevice = 0x6000, Regular = 0x8000, Socket = 0xC000;

    /// <summary>In words, what is there instead of a regular file; null where one is there, or nothing.</summary>
    public static string? WhyNoRegularFile(string path) => ModeOf(path) switch
    {
        null => new FileInfo(path).LinkTarget is { } target ? $"a link to {target}, which is not there" : null,
        { } mode => (mode & TypeOf) switch
        {
            Regular => null,
            Directory => "a directory",
            Pipe => "a named pipe",
            Socket => "a socket",
            CharacterDevice or BlockDevice => "a device",
            _ => "no regular file",
        },
    };

    /// <summary>
    /// Of what a link leads to; null where that is nothing. https://man7.org/linux/man-pages/man2/statx.2.html: the same layout on every
    /// architecture.
    /// </summary>
    private static int? ModeOf(string path)
    {
        const int WorkingDirectory = -100, WantType = 1, ModeAt = 28, SizeOfFacts = 256;
        var facts = new byte[SizeOfFacts];
        return statx(WorkingDirectory, path, 0, WantType, facts) == 0
            ? BinaryPrimitives.ReadUInt16LittleEndian(facts.AsSpan(ModeAt))
            : null;
    }

    // LPStr is UTF-8 here: the program is built for Linux alone.
    [DllImport("libc", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(int folder, [MarshalAs(UnmanagedType.LPStr)] string path, int flags, uint mask, [Out] byte[] facts);
}
