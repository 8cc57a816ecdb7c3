namespace Cortex.ApiServer.Storage;

/// <summary>The statements of <see cref="ObjectStore"/>. <see cref="Upgrade"/> defines what user_version 1 means.</summary>
internal static class StoreSql
{
    public const int Version = 1;

    /// <summary>The mark of this program's files: "CXdb". https://www.sqlite.org/pragma.html#pragma_application_id</summary>
    public const long ApplicationId = 0x43586462;

    /// <summary>Converts an empty file, or a file of any older version, to the format of this version. All or nothing.</summary>
    public const string Upgrade = """
        BEGIN IMMEDIATE;
        CREATE TABLE IF NOT EXISTS objects (
            resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL,
            PRIMARY KEY (resource, namespace, name)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS log (
            revision INTEGER PRIMARY KEY, kind INTEGER NOT NULL, resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
            body TEXT NOT NULL, previous TEXT);
        CREATE INDEX IF NOT EXISTS log_by_key ON log (resource, namespace, name, revision);
        PRAGMA user_version = 1;
        PRAGMA application_id = 0x43586462;
        COMMIT;
        """;

    /// <summary>The columns of the two tables. In a store of this program they are <see cref="ExpectedColumns"/>.</summary>
    public const string Columns = """
        SELECT (SELECT group_concat(name) FROM pragma_table_info('objects'))
            || ';' || (SELECT group_concat(name) FROM pragma_table_info('log'))
        """;

    public const string ExpectedColumns = "resource,namespace,name,revision,body;revision,kind,resource,namespace,name,body,previous";

    public const string Get =
        "SELECT revision, body FROM objects WHERE resource = $resource AND namespace = $namespace AND name = $name";

    public const string Keys = """
        SELECT resource, namespace, name FROM objects
        WHERE ($resource = '' OR resource = $resource) AND ($namespace = '' OR namespace = $namespace) ORDER BY 1, 2, 3
        """;

    public const string Put = $"""
        INSERT INTO objects (resource, namespace, name, revision, body) VALUES ($resource, $namespace, $name, $revision, $body)
            ON CONFLICT (resource, namespace, name) DO UPDATE SET revision = excluded.revision, body = excluded.body;
        {Log}
        """;

    public const string Delete = $"""
        DELETE FROM objects WHERE resource = $resource AND namespace = $namespace AND name = $name;
        {Log}
        """;

    public const string Compact = "DELETE FROM log WHERE revision <= $until";

    public const string Changes = """
        SELECT revision, kind, namespace, name, body, previous FROM log
        WHERE revision > $since AND resource = $resource AND ($namespace = '' OR namespace = $namespace) ORDER BY revision
        """;

    // The state at $at: objects without a later change, and for the others the state before their first later change.
    public const string List = """
        SELECT namespace, name, body FROM (
            SELECT namespace, name, body FROM objects WHERE resource = $resource AND revision <= $at
            UNION ALL
            SELECT namespace, name, previous FROM log AS l WHERE resource = $resource AND revision > $at AND previous IS NOT NULL
                AND revision = (SELECT MIN(revision) FROM log AS f
                    WHERE f.resource = l.resource AND f.namespace = l.namespace AND f.name = l.name AND f.revision > $at))
        WHERE ($namespace = '' OR namespace = $namespace) AND (namespace, name) > ($afterNamespace, $afterName)
        ORDER BY namespace, name
        """;

    private const string Log = """
        INSERT INTO log (revision, kind, resource, namespace, name, body, previous)
            VALUES ($revision, $kind, $resource, $namespace, $name, $body, $previous);
        """;
}
