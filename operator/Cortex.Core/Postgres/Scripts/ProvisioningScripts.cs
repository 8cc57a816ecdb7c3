namespace Cortex.Core.Postgres;

/// <summary>The shell programs of the one-shot containers; each says at its top what it takes.</summary>
public static class ProvisioningScripts
{
    /// <summary>Writes configuration and certificates into the volume.</summary>
    public static string Configure { get; } = EmbeddedScript.Read("configure");

    /// <summary>The same, then initdb.</summary>
    public static string Initialise { get; } = Configure + EmbeddedScript.Read("initialise");

    /// <summary>The same, then whatever makes the volume that of a standby.</summary>
    public static string Join { get; } = Configure + EmbeddedScript.Read("join");

    public static string Discard { get; } = EmbeddedScript.Read("discard");

    public static string Inspect { get; } = EmbeddedScript.Read("inspect");

    /// <summary>Starts a server with a configuration that nothing else has yet.</summary>
    public static string Prove { get; } = EmbeddedScript.Read("prove");

    /// <summary>Says what an image has, of its parameters what <see cref="ServerParameters.Parse"/> reads.</summary>
    public static string Examine { get; } = EmbeddedScript.Read("examine");

    /// <summary>What must be there before anybody can connect, one statement a line: the roles, and a slot for each standby that will come.</summary>
    public static string FirstStatements(int majorVersion, IEnumerable<string> slots) =>
        string.Join('\n', [Roles, .. SessionOptions.RoleDefaults(majorVersion), .. slots.Select(slot => $"SELECT pg_create_physical_replication_slot({SqlQuote.Literal(slot)}, true);")]);

    /// <summary>pg_rewind's rights as its manual page lists them
    /// (https://www.postgresql.org/docs/current/app-pgrewind.html).
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
