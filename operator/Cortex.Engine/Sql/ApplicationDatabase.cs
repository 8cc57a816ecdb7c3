using System.Security.Cryptography;
using System.Text;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Targets;
using Npgsql;

namespace Cortex.Engine.Sql;

/// <summary>The application's role and database, and the passwords as SCRAM verifiers: no password ever reaches SQL.</summary>
public static class ApplicationDatabase
{
    // The owner of the schema public is pg_database_owner, so that it follows the database's. The numbers are those of LoginObstacle.
    private const string Question =
        $"""
        SELECT (SELECT rolpassword FROM pg_authid WHERE rolname = $1),
               (SELECT rolpassword FROM pg_authid WHERE rolname = $2),
               EXISTS (SELECT FROM pg_database WHERE datname = $3),
               EXISTS (SELECT FROM pg_database WHERE datname = $3 AND datdba = (SELECT oid FROM pg_roles WHERE rolname = $1))
                   AND {SessionOptions.HasRoleDefaults},
               coalesce((SELECT CASE WHEN NOT r.rolcanlogin THEN 1
                                     WHEN r.rolvaliduntil <= now() THEN 2
                                     WHEN r.rolconnlimit = 0 THEN 3
                                     WHEN d.datconnlimit = -2 THEN 4
                                     WHEN NOT d.datallowconn THEN 5
                                     WHEN d.datconnlimit = 0 THEN 6
                                     WHEN NOT has_database_privilege(r.oid, d.oid, 'CONNECT') THEN 7
                                     ELSE 0 END
                         FROM pg_roles r, pg_database d WHERE r.rolname = $1 AND d.datname = $3), 0)
        """;

    /// <summary>Compares the database and its roles with the spec and the secrets.</summary>
    public static async Task<ApplicationSeen> LookAsync(
        NpgsqlDataSource source, DatabaseSpec spec, RolePasswords passwords, CancellationToken ct)
    {
        await using var command = source.CreateCommand(Question);
        command.Parameters.AddWithValue(spec.Owner);
        command.Parameters.AddWithValue(Roles.Superuser);
        command.Parameters.AddWithValue(spec.Name);
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        var (exists, owned) = (row.GetBoolean(2), row.GetBoolean(3));
        var ready = owned
            && ScramVerifier.Matches(row.IsDBNull(0) ? null : row.GetString(0), passwords.Application)
            && ScramVerifier.Matches(row.IsDBNull(1) ? null : row.GetString(1), passwords.Superuser);
        return new ApplicationSeen(
            exists,
            ready,
            (LoginObstacle)row.GetInt32(4) is var obstacle && Enum.IsDefined(obstacle)
                ? obstacle
                : throw new FormatException($"the login obstacle {obstacle}"));
    }

    /// <summary>
    /// Makes what is missing, also for the operator's own roles, which an earlier version may have made, and makes the owner in the spec
    /// the owner of the database.
    /// </summary>
    /// <param name="wasThere">Whether the database was made before: then it is not made again.</param>
    public static async Task EnsureAsync(
        NpgsqlDataSource source, DatabaseSpec spec, RolePasswords passwords, bool wasThere, CancellationToken ct)
    {
        await using var connection = await InstanceActions.OpenAsync(source, ct);
        await SetPasswordAsync(connection, spec.Owner, passwords.Application, ct);
        await SetPasswordAsync(connection, Roles.Superuser, passwords.Superuser, ct);
        foreach (var setting in SessionOptions.RoleDefaults(connection.PostgreSqlVersion.Major))
        {
            await InstanceActions.ExecuteAsync(connection, setting, ct);
        }

        var (name, owner) = (SqlQuote.Identifier(spec.Name), SqlQuote.Identifier(spec.Owner));
        var exists = $"SELECT EXISTS (SELECT FROM pg_database WHERE datname = {SqlQuote.Literal(spec.Name)})";
        if (await InstanceActions.ScalarAsync<bool>(connection, exists, ct))
        {
            await InstanceActions.ExecuteAsync(connection, $"ALTER DATABASE {name} OWNER TO {owner}", ct);
        }
        else if (!wasThere)
        {
            await InstanceActions.ExecuteAsync(connection, $"CREATE DATABASE {name} OWNER {owner}", ct);
        }
    }

    private static async Task SetPasswordAsync(NpgsqlConnection connection, string role, string password, CancellationToken ct)
    {
        var name = SqlQuote.Identifier(role);
        if (!await InstanceActions.ScalarAsync<bool>(
            connection, $"SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = {SqlQuote.Literal(role)})", ct))
        {
            await InstanceActions.ExecuteAsync(connection, $"CREATE ROLE {name} LOGIN", ct);
        }

        var verifier = ScramVerifier.Create(password, RandomNumberGenerator.GetBytes(ScramVerifier.SaltBytes));
        await InstanceActions.ExecuteUnloggedAsync(connection, $"ALTER ROLE {name} PASSWORD {SqlQuote.Literal(verifier)}", ct);
    }
}

/// <summary>The state of the application's role and database.</summary>
/// <param name="Exists">The database exists.</param>
/// <param name="Ready">The database exists and belongs to the role in the spec, and the roles have the passwords in the secrets.</param>
/// <param name="Obstacle">What nevertheless prevents a login of the role.</param>
public sealed record ApplicationSeen(bool Exists, bool Ready, LoginObstacle Obstacle);

/// <summary>The two passwords of a cluster. Never printed.</summary>
public sealed record RolePasswords(string Superuser, string Application)
{
    /// <summary>Reads both from the secrets; null while one is missing.</summary>
    public static RolePasswords? From(ClusterKey cluster, IReadOnlyDictionary<string, byte[]> secrets) =>
        secrets.TryGetValue(Names.SuperuserSecret(cluster.Name), out var superuser)
        && secrets.TryGetValue(Names.ApplicationSecret(cluster.Name), out var application)
            ? new RolePasswords(Encoding.UTF8.GetString(superuser), Encoding.UTF8.GetString(application))
            : null;

    /// <summary>Returns these passwords if PostgreSQL can use both.</summary>
    /// <exception cref="TargetException">A password is not usable; the message names its secret.</exception>
    public RolePasswords Demand(ClusterKey cluster)
    {
        var unusable = !ScramVerifier.IsPassword(Superuser) ? Names.SuperuserSecret(cluster.Name)
            : !ScramVerifier.IsPassword(Application) ? Names.ApplicationSecret(cluster.Name)
            : null;
        return unusable is null ? this
            : throw new TargetException(
                $"the secret {unusable} does not hold a password of only printable ASCII characters (a line end is not one)",
                "remove it, and a new one is made");
    }

    public override string ToString() => "RolePasswords (hidden)";
}
