using System.Security.Cryptography;
using System.Text;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using Npgsql;

namespace Cortex.Engine.Sql;

/// <summary>The application's role and database, and the passwords as SCRAM verifiers: no password ever reaches SQL.</summary>
public static class ApplicationDatabase
{
    /// <summary>Whether the database is there, and whether with it the roles have the passwords that the secrets hold.</summary>
    public static async Task<(bool Exists, bool Ready)> LookAsync(NpgsqlDataSource source, DatabaseSpec spec, RolePasswords passwords, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            "SELECT (SELECT rolpassword FROM pg_authid WHERE rolname = $1), (SELECT rolpassword FROM pg_authid WHERE rolname = $2), EXISTS (SELECT FROM pg_database WHERE datname = $3)");
        command.Parameters.AddWithValue(spec.Owner);
        command.Parameters.AddWithValue(Roles.Superuser);
        command.Parameters.AddWithValue(spec.Name);
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        var exists = row.GetBoolean(2);
        return (exists, exists
            && ScramVerifier.Matches(row.IsDBNull(0) ? null : row.GetString(0), passwords.Application)
            && ScramVerifier.Matches(row.IsDBNull(1) ? null : row.GetString(1), passwords.Superuser));
    }

    /// <summary>Makes what is missing.</summary>
    /// <param name="wasThere">The database is not made a second time.</param>
    public static async Task EnsureAsync(NpgsqlDataSource source, DatabaseSpec spec, RolePasswords passwords, bool wasThere, CancellationToken ct)
    {
        await using var connection = await InstanceActions.OpenAsync(source, ct);
        await SetPasswordAsync(connection, spec.Owner, passwords.Application, ct);
        await SetPasswordAsync(connection, Roles.Superuser, passwords.Superuser, ct);
        if (!wasThere && !await InstanceActions.ScalarAsync<bool>(
            connection, $"SELECT EXISTS (SELECT FROM pg_database WHERE datname = {SqlQuote.Literal(spec.Name)})", ct))
        {
            await InstanceActions.ExecuteAsync(
                connection, $"CREATE DATABASE {SqlQuote.Identifier(spec.Name)} OWNER {SqlQuote.Identifier(spec.Owner)}", ct);
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

/// <summary>The two passwords of a cluster. Never printed.</summary>
public sealed record RolePasswords(string Superuser, string Application)
{
    /// <summary>From the secrets; null while one is missing.</summary>
    public static RolePasswords? From(ClusterKey cluster, IReadOnlyDictionary<string, byte[]> secrets) =>
        secrets.TryGetValue(Names.SuperuserSecret(cluster.Name), out var superuser)
        && secrets.TryGetValue(Names.ApplicationSecret(cluster.Name), out var application)
            ? new RolePasswords(Encoding.UTF8.GetString(superuser), Encoding.UTF8.GetString(application))
            : null;

    public override string ToString() => "RolePasswords (hidden)";
}
