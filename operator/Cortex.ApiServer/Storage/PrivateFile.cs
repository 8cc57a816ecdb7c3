namespace Cortex.ApiServer.Storage;

/// <summary>Files of the store, which only its owner reads.</summary>
internal static class PrivateFile
{
    /// <summary>Makes an empty private file: SQLite itself would make one that others may read.</summary>
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
