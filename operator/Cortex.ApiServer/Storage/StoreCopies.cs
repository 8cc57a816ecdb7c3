using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Cortex.ApiServer.Storage;

/// <summary>
/// Copies of the database, kept beside it before it is changed in a way that an older version would not understand. None is ever
/// overwritten.
/// </summary>
internal static class StoreCopies
{
    /// <summary>At the end of a copy's name until it is whole.</summary>
    public const string Draft = ".copy";

    private const string Mark = ".before-upgrade-";

    /// <summary>Keeps what an open database holds as a file of its own, whole or not at all.</summary>
    public static void Keep(SqliteConnection db, string file)
    {
        var draft = file + Draft;
        File.Delete(draft);
        PrivateFile.Touch(draft);
        db.Run("VACUUM INTO $file", ("$file", draft));
        var number = 1;
        while (File.Exists(Name(file, number)))
        {
            number++;
        }

        File.Move(draft, Name(file, number));
    }

    /// <summary>Which file to put in the place of one that cannot be used.</summary>
    public static string Advice(string file)
    {
        var newest = Directory.EnumerateFiles(
            Path.GetDirectoryName(file)!, Path.GetFileName(file) + Mark + "*").MaxBy(File.GetLastWriteTimeUtc);
        var copy = newest is null
            ? "your own copy of it (none was kept here)"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"your own newest copy of it, or {newest} of {File.GetLastWriteTimeUtc(newest):yyyy-MM-dd HH:mm} UTC,");
        return $"move it away with all files whose names begin with {Path.GetFileName(file)}-, then put {copy} in its place; with no file "
            + "there, the next start begins with an empty store";
    }

    private static string Name(string file, int number) => file + Mark + number.ToString(CultureInfo.InvariantCulture);
}
