using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Cortex.ApiServer.Storage;

/// <summary>The kind of file at a path, without opening it: opening a pipe would block until another process opens its other end.</summary>
internal static class FileKind
{
    private const int TypeOf = 0xF000;
    private const int Pipe = 0x1000, CharacterDevice = 0x2000, Directory = 0x4000, BlockDevice = 0x6000, Regular = 0x8000, Socket = 0xC000;

    /// <summary>What exists instead of a regular file, in words; null for a regular file and for no file.</summary>
    public static string? WhyNotRegularFile(string path) => ModeOf(path) switch
    {
        null => new FileInfo(path).LinkTarget is { } target ? $"a link to {target}, which is not there" : null,
        { } mode => (mode & TypeOf) switch
        {
            Regular => null,
            Directory => "a directory",
            Pipe => "a named pipe",
            Socket => "a socket",
            CharacterDevice or BlockDevice => "a device",
            _ => "not a regular file",
        },
    };

    /// <summary>
    /// The mode of the target of a link; null when the target does not exist. The layout is the same on every architecture:
    /// https://man7.org/linux/man-pages/man2/statx.2.html
    /// </summary>
    private static int? ModeOf(string path)
    {
        const int WorkingDirectory = -100, WantType = 1, ModeAt = 28, SizeOfFacts = 256;
        var facts = new byte[SizeOfFacts];
        return statx(WorkingDirectory, path, 0, WantType, facts) == 0
            ? BinaryPrimitives.ReadUInt16LittleEndian(facts.AsSpan(ModeAt))
            : null;
    }

    // LPStr is UTF-8 here, because the program is built for Linux only.
    [DllImport("libc", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(int folder, [MarshalAs(UnmanagedType.LPStr)] string path, int flags, uint mask, [Out] byte[] facts);
}
