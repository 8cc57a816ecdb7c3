using Microsoft.Data.Sqlite;

namespace Cortex.ApiServer.Storage;

/// <summary>
/// The database file cannot be used: it belongs to another program, is damaged, has a newer format, or the disk does not allow writes.
/// </summary>
/// <param name="message">The file and its problem.</param>
/// <param name="advice">What the user can do.</param>
/// <param name="cause">The exception that revealed the problem.</param>
public sealed class StoreException(string message, string advice, Exception? cause = null) : Exception(message, cause)
{
    // https://www.sqlite.org/rescode.html
    private const int Busy = 5, Locked = 6, ReadOnly = 8, InputOutput = 10, Full = 13, CannotOpen = 14;

    // errno values of Linux, which .NET gives as HResult: no space left, quota exceeded, read-only file system.
    private const int NoSpace = 28, OverQuota = 122, ReadOnlyFileSystem = 30;

    /// <summary>What the user can do.</summary>
    public string Advice => advice;

    internal static StoreException Of(string file, SqliteException e) => e.SqliteErrorCode switch
    {
        Full => Unwritable(file, "its file system is full", e),
        ReadOnly or InputOutput or CannotOpen => Unwritable(file, e.Message, e),
        Busy or Locked => new($"{file} is in use by another program ({e.Message})", "end the other program, and start again", e),
        _ => new($"{file} is damaged ({e.Message})", StoreCopies.Advice(file), e),
    };

    /// <summary>Whether a file could not be written because of its disk, and not because of its content.</summary>
    internal static bool IsDisk(IOException e) => e.HResult is NoSpace or OverQuota or ReadOnlyFileSystem;

    internal static StoreException Of(string file, IOException e) => Unwritable(file, e.Message, e);

    private static StoreException Unwritable(string file, string why, Exception e) => new(
        $"{file} cannot be written: {why}",
        $"make room on the file system of {Path.GetDirectoryName(file)} (df says how much there is, and mount whether it is read-only), "
            + "and start again: the stored objects are not lost", e);
}
