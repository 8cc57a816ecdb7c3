using Microsoft.Data.Sqlite;

namespace Cortex.ApiServer.Storage;

/// <summary>SQL on an open database.</summary>
internal static class SqliteCommands
{
    /// <summary>Runs one or several statements, and returns the first column of the first row.</summary>
    public static object? Run(this SqliteConnection db, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = db.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command.ExecuteScalar();
    }
}
