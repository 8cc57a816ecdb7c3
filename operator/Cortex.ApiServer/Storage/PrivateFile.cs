namespace Cortex.ApiServer.Storage;

/// <summary>Files of the store that only their owner can read.</summary>
internal static class PrivateFile
{
    /// <summary>Creates an empty private file, because SQLite itself would create a file that others can read.</summary>
    public static void Touch(string file) =>
        File.Open(
            file,
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }).Dispose();
}
