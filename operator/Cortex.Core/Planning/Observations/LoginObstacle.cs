namespace Cortex.Core.Planning;

/// <summary>
/// Why the application's role cannot log in to its database, although both exist. It may be intended or forgotten: the operator reports it,
/// and changes nothing.
/// </summary>
public enum LoginObstacle
{
    None,

    /// <summary>The role has NOLOGIN.</summary>
    RoleWithoutLogin,

    /// <summary>The time of VALID UNTIL has passed.</summary>
    PasswordExpired,

    /// <summary>The role's connection limit is 0.</summary>
    RoleConnectionLimit,

    /// <summary>A DROP DATABASE of it was interrupted.</summary>
    HalfDropped,

    /// <summary>The database allows no connections.</summary>
    ConnectionsNotAllowed,

    /// <summary>The database's connection limit is 0.</summary>
    DatabaseConnectionLimit,

    /// <summary>The role lacks the privilege CONNECT.</summary>
    ConnectNotGranted,
}

/// <summary>What prevents the application from connecting, and the statement that removes the obstacle.</summary>
internal static class LoginObstacles
{
    public static string Text(LoginObstacle obstacle, string database, string owner) => obstacle switch
    {
        LoginObstacle.RoleWithoutLogin => $"the role {owner} may not log in: ALTER ROLE {owner} LOGIN",
        LoginObstacle.PasswordExpired =>
            $"the password of the role {owner} is no longer valid: ALTER ROLE {owner} VALID UNTIL 'infinity'",
        LoginObstacle.RoleConnectionLimit => $"the role {owner} is allowed no connection: ALTER ROLE {owner} CONNECTION LIMIT -1",
        LoginObstacle.HalfDropped => $"a DROP DATABASE {database} was interrupted, and no client can connect to what is left of it: "
            + $"DROP DATABASE {database}, and restore it",
        LoginObstacle.ConnectionsNotAllowed =>
            $"the database {database} allows no connections: ALTER DATABASE {database} ALLOW_CONNECTIONS true",
        LoginObstacle.DatabaseConnectionLimit =>
            $"the database {database} is allowed no connection: ALTER DATABASE {database} CONNECTION LIMIT -1",
        LoginObstacle.ConnectNotGranted => $"the role {owner} may not connect to the database {database}: "
            + $"GRANT CONNECT ON DATABASE {database} TO {owner}",
        _ => "",
    };
}
