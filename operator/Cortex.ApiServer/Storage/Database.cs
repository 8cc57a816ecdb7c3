using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Cortex.ApiServer.Storage;

/// <summary>Opens the database file: identified as a store of this program before any write, private, journalled, checked.</summary>
internal static class Database
{
    private const string Journal = "-wal";
    private const string Draft = ".new";

    /// <summary>The files that SQLite and this program keep beside the database.</summary>
    private static readonly string[] Beside = [Journal, "-shm", "-journal", Draft, Draft + "-journal", StoreCopies.Draft];

    /// <exception cref="StoreException">The file belongs to another program, is damaged, or cannot be written.</exception>
    public static SqliteConnection Open(string file)
    {
        try
        {
            CheckKind(file);
            if (File.Exists(file))
            {
                CheckHeader(file);
            }
            else
            {
                Create(file);
            }

            return OpenExisting(file);
        }
        catch (SqliteException exception)
        {
            throw StoreException.Of(file, exception);
        }
        catch (IOException exception) when (StoreException.IsDisk(exception))
        {
            throw StoreException.Of(file, exception);
        }
    }

    // The file gets its own name only when it is complete, so a file of that name is never empty and always has this program's mark.
    private static void Create(string file)
    {
        if (File.Exists(file + Journal))
        {
            throw new StoreException($"{file} is missing, but its journal {file}{Journal} is there", StoreCopies.Advice(file));
        }

        var draft = file + Draft;
        foreach (var left in (string[])[draft, draft + "-journal"])
        {
            File.Delete(left);
        }

        PrivateFile.Touch(draft);
        using (var db = Connect(draft))
        {
            db.Run(StoreSql.Upgrade);
        }

        File.Move(draft, file);
    }

    // Checked before any file is opened or created: opening a pipe would block, reading a device would not end, and a directory would cause
    // an error too late.
    private static void CheckKind(string file)
    {
        if (FileKind.WhyNotRegularFile(file) is { } why)
        {
            throw new StoreException($"{file} is {why}: a store is a regular file", StoreCopies.Advice(file));
        }

        foreach (var name in Beside.Select(suffix => file + suffix))
        {
            if (FileKind.WhyNotRegularFile(name) is { } whyNot)
            {
                throw new StoreException(
                    $"{name} is {whyNot}: beside a store, only a regular file has that name", $"move {name} away, and start again");
            }
        }
    }

    private static void CheckHeader(string file)
    {
        using var stream = File.Open(
            file, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite });
        if (stream.Length == 0)
        {
            throw new StoreException(
                $"{file} is empty: a store contains at least its tables, so its objects are lost or in another place",
                StoreCopies.Advice(file));
        }

        var start = new byte[16];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length
            || !start.AsSpan().SequenceEqual("SQLite format 3\0"u8))
        {
            throw new StoreException($"{file} is not a SQLite database", StoreCopies.Advice(file));
        }
    }

    private static SqliteConnection OpenExisting(string file)
    {
        var db = Connect(file);
        try
        {
            var isCurrent = IsCurrent(db, file);
            if (db.Run("PRAGMA quick_check(1)") is not "ok" and var damage)
            {
                throw new StoreException($"{file} is damaged ({damage})", StoreCopies.Advice(file));
            }

            // FULL instead of NORMAL: NORMAL survives a killed process but may lose the last commits in a power cut, and controllers write
            // a decision before they act on it. FULL costs one fsync of the journal per write.
            db.Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -2048;");
            if (!isCurrent)
            {
                StoreCopies.Keep(db, file);
                db.Run(StoreSql.Upgrade);
            }

            return db;
        }
        catch
        {
            db.Dispose();
            throw;
        }
    }

    /// <summary>Whether the file has the format of this version; false for the format of an older version.</summary>
    private static bool IsCurrent(SqliteConnection db, string file)
    {
        var (application, version) = ((long)db.Run("PRAGMA application_id")!, (long)db.Run("PRAGMA user_version")!);
        // Before this mark was introduced, the tables identified the program of a file.
        if (application != StoreSql.ApplicationId && (application != 0 || version == 0 || !HasExpectedTables(db)))
        {
            throw new StoreException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{file} is a SQLite database of another program (application id {application}, not {StoreSql.ApplicationId})"),
                StoreCopies.Advice(file));
        }

        if (version > StoreSql.Version)
        {
            throw new StoreException(
                $"{file} was written by a newer version of this program (schema {version}; this one knows {StoreSql.Version})",
                "nothing is damaged: start the newer version again, or put back the copy that it kept before its upgrade. "
                    + StoreCopies.Advice(file));
        }

        // The mark and the tables are written in one transaction, and a new file gets its name afterwards. So no interrupted start leaves
        // only one of them.
        if (application == StoreSql.ApplicationId && !HasExpectedTables(db))
        {
            throw new StoreException(
                $"{file} is damaged (it is marked as a store, and its tables objects and log do not have the columns of a store)",
                StoreCopies.Advice(file));
        }

        return application == StoreSql.ApplicationId && version == StoreSql.Version;
    }

    private static bool HasExpectedTables(SqliteConnection db) => db.Run(StoreSql.Columns) is StoreSql.ExpectedColumns;

    private static SqliteConnection Connect(string file)
    {
        var db = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = file, Pooling = false, Mode = SqliteOpenMode.ReadWrite }.ToString());
        db.Open();
        return db;
    }
}
