namespace Cortex.Core.Planning;

/// <summary>Why the application's role cannot log in to its database, though both are there. Somebody wanted it so, or forgot it: the operator says it, and changes nothing.</summary>
public enum LoginBar
{
    None,

    /// <summary>The role is NOLOGIN.</summary>
    RoleMayNot,

    /// <summary>The time of VALID UNTIL is over.</summary>
    Expired,

    /// <summary>The role's connection limit is 0.</summary>
    NoneOfTheRole,

    /// <summary>A DROP DATABASE of it was cut off in its middle.</summary>
    HalfDropped,

    /// <summary>The database allows no connections.</summary>
    DatabaseClosed,

    /// <summary>The database's connection limit is 0.</summary>
    NoneToTheDatabase,

    /// <summary>The role lacks the privilege CONNECT.</summary>
    NotGranted,
}

/// <summary>What is wrong with the application's way in, and the statement that mends it.</summary>
internal static class LoginBars
{
    public static string Words(LoginBar bar, string database, string owner) => bar switch
    {
        LoginBar.RoleMayNot => $"the role {owner} may not log in: ALTER ROLE {owner} LOGIN",
        LoginBar.Expired => $"the password of the role {owner} is valid no longer: ALTER ROLE {owner} VALID UNTIL 'infinity'",
        LoginBar.NoneOfTheRole => $"the role {owner} is allowed no connection: ALTER ROLE {owner} CONNECTION LIMIT -1",
        LoginBar.HalfDropped => $"a DROP DATABASE {database} was cut off, so that nobody can connect to what is left of it: DROP DATABASE {database}, and restore it",
        LoginBar.DatabaseClosed => $"the database {database} allows no connections: ALTER DATABASE {database} ALLOW_CONNECTIONS true",
        LoginBar.NoneToTheDatabase => $"the database {database} is allowed no connection: ALTER DATABASE {database} CONNECTION LIMIT -1",
        LoginBar.NotGranted => $"the role {owner} may not connect to the database {database}: GRANT CONNECT ON DATABASE {database} TO {owner}",
        _ => "",
    };
}
