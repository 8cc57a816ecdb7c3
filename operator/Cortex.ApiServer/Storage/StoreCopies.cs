using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Cortex.ApiServer.Storage;

/// <summary>
/// Copies of the database, made before a change that an older version would not understand, and kept beside it. No copy is ever
/// overwritten.
/// </summary>
internal static class StoreCopies
{
    /// <summary>The suffix of a copy's name until the copy is complete.</summary>
    public const string Draft = ".copy";

    private const string Mark = ".before-upgrade-";

    /// <summary>Copies the content of an open database to a file, completely or not at all.</summary>
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

    /// <summary>The file that can replace an unusable database.</summary>
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
