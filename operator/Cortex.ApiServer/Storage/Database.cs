using Microsoft.Data.Sqlite;

namespace Cortex.ApiServer.Storage;

/// <summary>Opens the database file as it has to be opened: private, journalled, checked.</summary>
internal static class Database
{
    public static SqliteConnection Open(string file)
    {
        if (!File.Exists(file))
            File.Open(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }).Dispose();
        var db = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        try
        {
            db.Open();
            Prepare(db);
            return db;
        }
        catch (Exception e) when (e is SqliteException or InvalidDataException)
        {
            db.Dispose();
            throw new InvalidDataException($"{file}: {e.Message}. Move the file away to start with an empty store, or restore it from a copy.", e);
        }
    }

    private static void Prepare(SqliteConnection db)
    {
        // FULL rather than NORMAL: NORMAL survives a killed process but may lose the last commits in a power cut, and controllers
        // write a decision down before they act on it. It costs one fsync of the journal per write.
        Run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -2048;");
        if (Run(db, "PRAGMA quick_check(1)") is not "ok" and var damage)
            throw new InvalidDataException($"the database is damaged ({damage})");
        if (Run(db, "PRAGMA user_version") is long version && version > StoreSql.Version)
            throw new InvalidDataException($"written by a newer version (schema {version}, this one knows {StoreSql.Version})");
        Run(db, StoreSql.Schema);
    }

    private static object? Run(SqliteConnection db, string sql)
    {
        using var command = db.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
