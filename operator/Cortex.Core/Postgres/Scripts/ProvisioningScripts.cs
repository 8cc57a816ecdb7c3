namespace Cortex.Core.Postgres;

/// <summary>The shell programs of the one-shot containers. Each lists its arguments at its top.</summary>
public static class ProvisioningScripts
{
    /// <summary>Makes the program that gets files of an archive for recovery.</summary>
    public static string ArchivedFile { get; } = EmbeddedScript.Read("archived-file");

    private static string Recover => ArchivedFile + EmbeddedScript.Read("recover");

    /// <summary>Puts mounted secrets into a configuration file.</summary>
    public static string FillSecrets { get; } = EmbeddedScript.Read("fill-secrets");

    /// <summary>Writes configuration and certificates into the volume.</summary>
    public static string Configure { get; } = FillSecrets + EmbeddedScript.Read("configure");

    /// <summary>The same, then initdb.</summary>
    public static string Initialise { get; } = Configure + EmbeddedScript.Read("initialise");

    /// <summary>The same, then whatever makes the volume that of a standby.</summary>
    public static string Join { get; } = Configure + Recover + EmbeddedScript.Read("join");

    /// <summary>The same, then whatever makes the volume that of a primary from a backup.</summary>
    public static string Restore { get; } = Configure + Recover + EmbeddedScript.Read("restore");

    public static string Discard { get; } = EmbeddedScript.Read("discard");

    public static string Inspect { get; } = EmbeddedScript.Read("inspect");

    /// <summary>Starts a server with a configuration that no instance has yet.</summary>
    public static string Prove { get; } = EmbeddedScript.Read("prove");

    /// <summary>Prints what an image contains; <see cref="ServerParameters.Parse"/> reads its parameters.</summary>
    public static string Examine { get; } = EmbeddedScript.Read("examine");

    /// <summary>What must exist before a client can connect, one statement a line: the roles, and a slot for each later standby.</summary>
    public static string FirstStatements(int majorVersion, IEnumerable<string> slots) =>
        string.Join('\n', [Roles, .. SessionOptions.RoleDefaults(majorVersion), .. slots.Select(CreateSlot)]);

    private static string CreateSlot(string slot) =>
        $"SELECT pg_create_physical_replication_slot({SqlQuote.Literal(slot)}, true);";

    /// <summary>Removes the passwords of the cluster that was backed up, one statement a line: the new cluster gets its own.</summary>
    public static string WithoutPasswords(string owner) => string.Join(
        '\n',
        new[] { Postgres.Roles.Superuser, owner }.Select(role =>
            $"UPDATE pg_catalog.pg_authid SET rolpassword = NULL WHERE rolname = {SqlQuote.Literal(role)};"));

    /// <summary>
    /// The privileges of pg_rewind as its manual page lists them (https://www.postgresql.org/docs/current/app-pgrewind.html).
    /// </summary>
    private const string Roles =
        """
        CREATE ROLE streaming_replica LOGIN REPLICATION;
        CREATE ROLE cortex_operator LOGIN SUPERUSER;
        GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text, boolean, boolean) TO streaming_replica;
        GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_file(text, boolean) TO streaming_replica;
        GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text) TO streaming_replica;
        GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean) TO streaming_replica;
        """;
}
