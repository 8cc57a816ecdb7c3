using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Postgres;

public sealed class SessionOptionsTests
{
    /// <summary>An option that the server does not know ends the connection; these came with 17.</summary>
    [Theory, InlineData("transaction_timeout"), InlineData("event_triggers")]
    public void Options_of_17_are_not_sent_to_older_servers(string name)
    {
        Assert.DoesNotContain(name, SessionOptions.Operator, StringComparison.Ordinal);
        Assert.DoesNotContain(name, SessionOptions.Replication(16) + ProvisioningScripts.FirstStatements(16, []), StringComparison.Ordinal);
        Assert.Contains($"ALTER ROLE cortex_operator SET {name} = ", ProvisioningScripts.FirstStatements(17, []), StringComparison.Ordinal);
    }

    /// <summary>With a user's value of 0 a primary ends without its standbys having its last record.</summary>
    [Fact]
    public void A_sender_of_19_ends_only_when_its_standby_has_everything_and_no_older_one_is_asked_to()
    {
        Assert.Contains("-c wal_sender_shutdown_timeout=-1", SessionOptions.Replication(19), StringComparison.Ordinal);
        var older = SessionOptions.Replication(18) + SessionOptions.Operator;
        Assert.DoesNotContain("wal_sender_shutdown_timeout", older, StringComparison.Ordinal);
    }

    /// <summary>Compares the query that checks them with the statements that create them.</summary>
    [Fact]
    public void Every_default_of_a_role_is_looked_for()
    {
        var made = SessionOptions.RoleDefaults(17).Select(found => found.Split(' '))
            .Select(words => $"('{words[2]}', '{words[4]}={words[6].TrimEnd(';')}')").ToList();

        Assert.All(made, name => Assert.Contains(name, SessionOptions.HasRoleDefaults, StringComparison.Ordinal));
        Assert.Contains($" {made.Count} = (SELECT count(*) ", SessionOptions.HasRoleDefaults, StringComparison.Ordinal);
    }

    [Fact]
    public void A_blank_in_a_value_does_not_end_it() =>
        Assert.Contains(@"-c default_transaction_isolation=read\ committed ", SessionOptions.Operator, StringComparison.Ordinal);
}
