using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace Cortex.ApiServer.Storage;

/// <summary>
/// The only place with SQL: objects by key, and a bounded log of changes, from which watches resume and paged listings stay consistent. All
/// resources share one revision counter, as in etcd; every write takes the next number.
/// </summary>
/// <remarks>
/// Writes are compare-and-swap by revision. One connection is used under one lock: a write takes a fraction of a millisecond, and so the
/// order of commits is the order of notifications. A write is on disk before it is acknowledged, so a killed process loses nothing.
/// </remarks>
internal sealed class ObjectStore : IDisposable
{
    private const int CompactEvery = 100;
    private readonly Lock gate = new();
    private readonly SqliteConnection db;
    private readonly string file;
    private readonly int changesKept;
    private readonly Action<Change> committed;
    private long revision;

    /// <param name="file">The database; created with mode 0600 when absent.</param>
    /// <param name="changesKept">Length of the change log. Up to a hundred more changes stay until the next compaction.</param>
    /// <param name="committed">Called after each commit, in order, and under the store's lock. It must only enqueue the change.</param>
    /// <exception cref="StoreException">The file belongs to another program, is damaged, was written by a newer version, or the disk is
    /// full.</exception>
    public ObjectStore(string file, int changesKept, Action<Change> committed)
    {
        this.file = file;
        this.changesKept = changesKept;
        this.committed = committed;
        db = Database.Open(file);
        revision = Scalar("SELECT IFNULL(MAX(revision), 0) FROM log");
    }

    public long Revision
    {
        get
        {
            lock (gate)
            {
                return revision;
            }
        }
    }

    public StoredObject? Get(ObjectKey key)
    {
        lock (gate)
        {
            return Get_NeedsLock(key);
        }
    }

    /// <summary>Adds an object; null when an object with this key exists.</summary>
    public StoredObject? Insert(ObjectKey key, JsonObject body)
    {
        lock (gate)
        {
            return Get_NeedsLock(key) is null ? Write_NeedsLock(ChangeKind.Added, key, body, previous: null) : null;
        }
    }

    /// <summary>
    /// Replaces the revision <paramref name="read"/> by <paramref name="body"/>; null when the object has changed or no longer exists.
    /// </summary>
    public StoredObject? Replace(StoredObject read, JsonObject body)
    {
        lock (gate)
        {
            return Get_NeedsLock(read.Key) is { } now && now.Revision == read.Revision
                ? Write_NeedsLock(ChangeKind.Modified, read.Key, body, now.Body)
                : null;
        }
    }

    /// <summary>
    /// Removes the revision that was read, with <paramref name="last"/> as the final state for watchers; null when the object has changed
    /// or no longer exists.
    /// </summary>
    public StoredObject? Delete(StoredObject read, JsonObject last)
    {
        lock (gate)
        {
            return Get_NeedsLock(read.Key) is { } now && now.Revision == read.Revision
                ? Write_NeedsLock(ChangeKind.Deleted, read.Key, last, now.Body)
                : null;
        }
    }

    /// <summary>A consistent page; null when <see cref="ListQuery.At"/> is older than the log or in the future.</summary>
    public ListPage? List(ListQuery query)
    {
        lock (gate)
        {
            var at = query.At ?? revision;
            if (at > revision || at < Oldest_NeedsLock())
            {
                return null;
            }

            using var command = Command(StoreSql.List, ("$resource", query.Resource), ("$namespace", query.Namespace), ("$at", at),
                ("$afterNamespace", query.After?.Namespace ?? ""), ("$afterName", query.After?.Name ?? ""));
            using var rows = command.ExecuteReader();
            var items = new List<JsonObject>();
            ObjectKey? last = null;
            while (rows.Read())
            {
                if (query.Select(Parse(rows.GetString(2))) is not { } item)
                {
                    continue;
                }

                if (items.Count == query.Limit)
                {
                    return new(items, at, last);
                }

                items.Add(item);
                last = new(query.Resource, rows.GetString(0), rows.GetString(1));
            }

            return new(items, at, null);
        }
    }

    /// <summary>The keys of a resource's objects, or of a namespace's objects. An empty argument means all.</summary>
    public IReadOnlyList<ObjectKey> Keys(string resource, string namespaceName)
    {
        lock (gate)
        {
            using var command = Command(StoreSql.Keys, ("$resource", resource), ("$namespace", namespaceName));
            using var rows = command.ExecuteReader();
            var keys = new List<ObjectKey>();
            while (rows.Read())
            {
                keys.Add(new(rows.GetString(0), rows.GetString(1), rows.GetString(2)));
            }

            return keys;
        }
    }

    /// <summary>The changes of a resource after a revision; null when the log no longer (or not yet) contains that revision.</summary>
    public IReadOnlyList<Change>? ChangesSince(string resource, string namespaceName, long since)
    {
        lock (gate)
        {
            if (since > revision || since < Oldest_NeedsLock())
            {
                return null;
            }

            using var command = Command(StoreSql.Changes, ("$resource", resource), ("$namespace", namespaceName), ("$since", since));
            using var rows = command.ExecuteReader();
            var changes = new List<Change>();
            while (rows.Read())
            {
                var key = new ObjectKey(resource, rows.GetString(2), rows.GetString(3));
                changes.Add(
                    new(
                        rows.GetInt64(0),
                        (ChangeKind)rows.GetInt32(1),
                        key,
                        rows.GetString(4),
                        rows.IsDBNull(5) ? null : rows.GetString(5)));
            }

            return changes;
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            db.Dispose();
        }
    }

    private StoredObject? Get_NeedsLock(ObjectKey key)
    {
        using var command = Command(StoreSql.Get, ("$resource", key.Resource), ("$namespace", key.Namespace), ("$name", key.Name));
        using var row = command.ExecuteReader();
        return row.Read() ? new(key, row.GetInt64(0), Parse(row.GetString(1))) : null;
    }

    private StoredObject Write_NeedsLock(ChangeKind kind, ObjectKey key, JsonObject body, JsonObject? previous)
    {
        var next = revision + 1;
        body["metadata"]!["resourceVersion"] = next.ToString(CultureInfo.InvariantCulture);
        var change = new Change(next, kind, key, body.ToJsonString(Json.Compact), previous?.ToJsonString(Json.Compact));
        try
        {
            Commit_NeedsLock(change);
        }
        catch (SqliteException exception)
        {
            // The transaction was rolled back, so the store is unchanged, and the next write is tried normally.
            throw StoreException.Of(file, exception);
        }

        revision = next;
        committed(change);
        return new(key, next, body);
    }

    private void Commit_NeedsLock(Change change)
    {
        var (next, kind, key) = (change.Revision, change.Kind, change.Key);
        using (var transaction = db.BeginTransaction())
        {
            using var command = Command(kind is ChangeKind.Deleted ? StoreSql.Delete : StoreSql.Put,
                ("$revision", next), ("$kind", (int)kind), ("$resource", key.Resource), ("$namespace", key.Namespace), ("$name", key.Name),
                ("$body", change.Body), ("$previous", change.Previous ?? (object)DBNull.Value));
            command.ExecuteNonQuery();
            if (next % CompactEvery == 0)
            {
                Scalar(StoreSql.Compact, ("$until", next - changesKept));
            }

            transaction.Commit();
        }
    }

    // The log is truncated only at its old end, so its first entry is the oldest revision that can be asked for.
    private long Oldest_NeedsLock() => Scalar("SELECT IFNULL(MIN(revision) - 1, 0) FROM log");

    private long Scalar(string sql, params ReadOnlySpan<(string, object)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteScalar() is long value ? value : 0;
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = db.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }

    private static JsonObject Parse(string body) => JsonNode.Parse(body)!.AsObject();
}
