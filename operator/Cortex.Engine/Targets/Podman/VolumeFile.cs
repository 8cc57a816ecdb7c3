using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// Reads a file from a volume whose content another account controls. No link below the root of the volume is followed, so that no file
/// outside of it is read; only a regular file is read, never a FIFO or a device; and no more of it than requested.
/// </summary>
internal static class VolumeFile
{
    private const int NotThere = 2; // ENOENT
    private const int NotAllowed = 13; // EACCES
    private const int AsPath = 0x200000; // O_PATH
    private const int CloseOnExec = 0x80000; // O_CLOEXEC

    // Does not wait for a writer of a FIFO, nor for the holder of a lease on the file, which may take 45 s to release it.
    private const int ReadNow = 0x800 | 0x100 | CloseOnExec; // O_RDONLY | O_NONBLOCK | O_NOCTTY

    /// <summary>Flags for the folders of the path; arm64 has its own numbers for these two.</summary>
    private static readonly (int Directory, int NoFollow) Flags =
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? (0x4000, 0x8000) : (0x10000, 0x20000);

    /// <param name="root">The folder of the volume. The path to it belongs to the machine and may contain links.</param>
    /// <param name="path">Relative to the root, without dots.</param>
    /// <param name="limit">The largest size; a longer file is unfit.</param>
    public static async Task<VolumeRead> ReadAsync(string root, string path, int limit, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        using var top = open(root, AsPath | Flags.Directory | CloseOnExec);
        if (top.IsInvalid)
        {
            return VolumeRead.Closed;
        }

        try
        {
            using var file = Open(top, path);
            return IsRegular(file) ? await ReadAsync(file, limit, ct) : VolumeRead.Unfit;
        }
        catch (Win32Exception refusal)
        {
            return refusal.NativeErrorCode switch
            {
                NotThere => VolumeRead.Absent,
                NotAllowed => VolumeRead.Closed,
                _ => VolumeRead.Unfit,
            };
        }
        catch (IOException)
        {
            return VolumeRead.Unfit;
        }
    }

    private static SafeFileHandle Open(SafeFileHandle folder, string path)
    {
        var end = path.IndexOf('/', StringComparison.Ordinal);
        if (end < 0)
        {
            return Checked(openat(folder, path, ReadNow | Flags.NoFollow));
        }

        using var next = Checked(openat(folder, path[..end], AsPath | Flags.Directory | Flags.NoFollow | CloseOnExec));
        return Open(next, path[(end + 1)..]);
    }

    private static SafeFileHandle Checked(SafeFileHandle handle)
    {
        if (!handle.IsInvalid)
        {
            return handle;
        }

        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        throw new Win32Exception(error);
    }

    private static async Task<VolumeRead> ReadAsync(SafeFileHandle file, int limit, CancellationToken ct)
    {
        // Reads one byte more than the limit, to detect a file that is too long.
        var bytes = new byte[limit + 1];
        var count = 0;
        while (count < bytes.Length && await RandomAccess.ReadAsync(file, bytes.AsMemory(count), count, ct) is > 0 and var more)
        {
            count += more;
        }

        return count > limit ? VolumeRead.Unfit : new VolumeRead(VolumeAnswer.Read, bytes[..count]);
    }

    /// <summary>https://man7.org/linux/man-pages/man2/statx.2.html: the same layout on every architecture.</summary>
    private static bool IsRegular(SafeFileHandle file)
    {
        const int EmptyPath = 0x1000; // AT_EMPTY_PATH
        const uint WantType = 1; // STATX_TYPE
        const int ModeAt = 28;
        const int TypeOf = 0xF000; // S_IFMT
        const int Regular = 0x8000; // S_IFREG
        var facts = new byte[256];
        return statx(file, "", EmptyPath, WantType, facts) == 0
            && (BinaryPrimitives.ReadUInt16LittleEndian(facts.AsSpan(ModeAt)) & TypeOf) == Regular;
    }

    // LPStr is UTF-8 here: the program is built for Linux alone.
    [DllImport("libc", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern SafeFileHandle open([MarshalAs(UnmanagedType.LPStr)] string path, int flags);

    [DllImport("libc", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern SafeFileHandle openat(SafeFileHandle directory, [MarshalAs(UnmanagedType.LPStr)] string path, int flags);

    [DllImport("libc", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(
        SafeFileHandle file, [MarshalAs(UnmanagedType.LPStr)] string path, int flags, uint mask, [Out] byte[] facts);
}

/// <summary>The outcome of reading a file.</summary>
internal enum VolumeAnswer
{
    Read,

    /// <summary>There is no such file.</summary>
    Absent,

    /// <summary>The file, or a folder of its path, belongs to another user; or the volume is on another machine.</summary>
    Closed,

    /// <summary>The name belongs to something else than a regular file of a fitting size, or a part of the path is a link.</summary>
    Unfit,
}

/// <param name="Content">Null unless it was read.</param>
internal sealed record VolumeRead(VolumeAnswer Answer, byte[]? Content)
{
    public static readonly VolumeRead Absent = new(VolumeAnswer.Absent, null);
    public static readonly VolumeRead Closed = new(VolumeAnswer.Closed, null);
    public static readonly VolumeRead Unfit = new(VolumeAnswer.Unfit, null);
}
