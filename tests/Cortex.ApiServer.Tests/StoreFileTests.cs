using Cortex.ApiServer.Storage;
using Cortex.ApiServer.Tests.Support;
using k8s;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.ApiServer.Tests;

/// <summary>Which files are opened as a store, and which are refused without a change.</summary>
public sealed class StoreFileTests : IDisposable
{
    private const string FormerTables = """
        CREATE TABLE objects (resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL,
        body TEXT NOT NULL,
            PRIMARY KEY (resource, namespace, name)) WITHOUT ROWID;
        CREATE TABLE log (revision INTEGER PRIMARY KEY, kind INTEGER NOT NULL, resource TEXT NOT NULL, namespace TEXT NOT NULL,
        name TEXT NOT NULL, body TEXT NOT NULL, previous TEXT);
        PRAGMA user_version = 1;
        """;

    private readonly TemporaryDirectory directory = new();

    private string Database => Path.Combine(directory.Path, "objects.db");

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("CREATE TABLE customers (name TEXT); INSERT INTO customers VALUES ('kept');")]
    [InlineData("PRAGMA application_id = 77; CREATE TABLE objects (name TEXT);")]
    [InlineData("PRAGMA user_version = 1; CREATE TABLE objects (name TEXT);")]
    [InlineData("PRAGMA application_id = 77; " + FormerTables)]
    [InlineData("PRAGMA journal_mode = WAL; CREATE TABLE other (name TEXT);")]
    public async Task The_database_of_another_program_is_refused_and_not_changed(string sql)
    {
        Execute(sql);
        await RefusedAsItIsAsync("is a SQLite database of another program");
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("short", "is not a SQLite database")]
    [InlineData("apiVersion: v1\nkind: ConfigMap\n# not a database at all\n", "is not a SQLite database")]
    [InlineData("SQLite format 3\0 and then nothing of the kind", "is damaged")]
    public async Task A_file_that_is_not_a_store_is_refused_and_not_changed(string text, string why)
    {
        await File.WriteAllTextAsync(Database, text, TestContext.Current.CancellationToken);
        Assert.StartsWith($"{Database} {why}", (await RefusedAsync()).Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(Database, TestContext.Current.CancellationToken));
    }

    /// <summary>A store without its tables must not count as empty, because that would hide a loss.</summary>
    [Theory]
    [InlineData("DROP TABLE log")]
    [InlineData("ALTER TABLE objects RENAME TO things")]
    [InlineData("ALTER TABLE log DROP COLUMN previous")]
    [InlineData("DROP TABLE objects; DROP TABLE log; PRAGMA user_version = 0")]
    public async Task A_store_without_its_tables_is_reported_as_damaged_and_not_changed(string sql)
    {
        await using (await StartAsync())
        {
        }

        Execute(sql);
        await RefusedAsItIsAsync("is damaged (it is marked as a store, and its tables objects and log do not have the columns of a store");
    }

    [Theory]
    [InlineData("mkdir", "a directory")]
    [InlineData("mkfifo", "a named pipe")]
    [InlineData("ln -s /nowhere/at/all", "a link to /nowhere/at/all, which is not there")]
    [InlineData("ln -s /dev/zero", "a device")]
    public async Task A_path_that_is_not_a_regular_file_is_refused_unopened_and_no_file_is_left_beside_it(string make, string what)
    {
        await MakeAsync(make, Database);
        var refused = await RefusedAsync();
        Assert.Equal($"{Database} is {what}: a store is a regular file", refused.Message);
        Assert.Contains("in its place", refused.Advice, StringComparison.Ordinal);
        Assert.Equal([Database], Directory.GetFileSystemEntries(directory.Path, "objects.db*"));
    }

    [Theory]
    [InlineData("-wal", "mkfifo", "a named pipe")]
    [InlineData("-shm", "mkdir", "a directory")]
    [InlineData("-journal", "ln -s /dev/zero", "a device")]
    [InlineData(".new", "mkdir", "a directory")]
    [InlineData(".copy", "mkdir", "a directory")]
    public async Task An_obstacle_beside_a_store_is_named(string suffix, string make, string what)
    {
        await MakeAsync(make, Database + suffix);
        var refused = await RefusedAsync();
        Assert.Equal($"{Database}{suffix} is {what}: beside a store, only a regular file has that name", refused.Message);
        Assert.Equal($"move {Database}{suffix} away, and start again", refused.Advice);
        Assert.False(File.Exists(Database));
    }

    [Fact]
    public async Task A_link_to_a_store_is_followed()
    {
        await using (await StartAsync())
        {
        }

        File.Move(Database, Path.Combine(directory.Path, "elsewhere.db"));
        File.CreateSymbolicLink(Database, "elsewhere.db");
        await using var server = await StartAsync();
        Assert.Equal(StoreSql.ApplicationId, Ask(Database, "PRAGMA application_id"));
    }

    [Fact]
    public async Task A_journal_without_its_database_does_not_count_as_an_empty_store()
    {
        await using (await StartAsync())
        {
            File.Copy(Database + "-wal", Database + ".journal");
        }

        File.Delete(Database);
        File.Move(Database + ".journal", Database + "-wal");
        Assert.Contains("is missing, but its journal", (await RefusedAsync()).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Database));
    }

    [Fact]
    public async Task A_newer_schema_is_not_reported_as_damaged()
    {
        await using (await StartAsync())
        {
        }

        Execute("PRAGMA user_version = 9");
        var refused = await RefusedAsync();
        Assert.Contains(
            "was written by a newer version of this program (schema 9; this one knows 1)", refused.Message, StringComparison.Ordinal);
        Assert.StartsWith("nothing is damaged: start the newer version again", refused.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_of_an_older_version_is_copied_before_it_is_upgraded()
    {
        Execute(FormerTables);
        Execute("""
            INSERT INTO objects
            VALUES ('namespaces', '', 'mine', 7, '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"mine","resourceVersion":"7"}}');
            INSERT INTO log VALUES (7, 1, 'namespaces', '', 'mine', '{}', NULL);
            """);
        for (var start = 0; start < 2; start++)
        {
            await using var server = await StartAsync();
            using var client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(server.KubeconfigPath));
            Assert.Contains(
                (await client.ListNamespaceAsync(cancellationToken: TestContext.Current.CancellationToken)).Items,
                n => n.Metadata.Name == "mine");
        }

        var copy = Assert.Single(Directory.GetFiles(directory.Path, "objects.db.before-upgrade-*"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(copy));
        Assert.Equal(
            (1L, 0L, 1L),
            (Ask(copy, "SELECT COUNT(*) FROM objects"), Ask(copy, "PRAGMA application_id"), Ask(copy, "PRAGMA user_version")));
        Assert.Equal(StoreSql.ApplicationId, Ask(Database, "PRAGMA application_id"));

        await File.WriteAllTextAsync(Database, "", TestContext.Current.CancellationToken);
        Assert.Contains($"or {copy} of ", (await RefusedAsync()).Advice, StringComparison.Ordinal);
        File.Move(copy, Database, overwrite: true);
        await using var restored = await StartAsync();
        Assert.Equal(1L, Ask(Database, "SELECT COUNT(*) FROM objects WHERE name = 'mine'"));
    }

    [Fact]
    public async Task A_store_whose_creation_was_killed_is_created_again()
    {
        await File.WriteAllTextAsync(Database + ".new", "half of", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Database + ".new-journal", "half of", TestContext.Current.CancellationToken);
        await using var server = await StartAsync();
        Assert.Equal(StoreSql.ApplicationId, Ask(Database, "PRAGMA application_id"));
        Assert.False(File.Exists(Database + ".new"));
    }

    private Task<ApiServer> StartAsync() => ApiServer.StartAsync(
        new ApiServerOptions { StateDirectory = directory.Path, Definitions = [] }, NullLoggerFactory.Instance, TimeProvider.System,
        TestContext.Current.CancellationToken);

    private Task<StoreException> RefusedAsync() => Assert.ThrowsAsync<StoreException>(StartAsync);

    private async Task RefusedAsItIsAsync(string why)
    {
        var before = await File.ReadAllBytesAsync(Database, TestContext.Current.CancellationToken);
        var refused = await RefusedAsync();
        Assert.StartsWith($"{Database} {why}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("put your own copy of it (none was kept here) in its place", refused.Advice, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Database, TestContext.Current.CancellationToken));
    }

    private void Execute(string sql) => Ask(Database, sql);

    private static async Task MakeAsync(string command, string path)
    {
        var words = command.Split(' ');
        (await Tool.RunAsync(words[0], [.. words[1..], path])).Demand();
    }

    private static object? Ask(string file, string sql)
    {
        using var db = new SqliteConnection($"Data Source={file};Pooling=False");
        db.Open();
        using var command = db.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
