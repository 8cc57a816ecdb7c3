using Cortex.Core.Postgres;
using FsCheck;
using FsCheck.Fluent;
using static Cortex.Core.Tests.Postgres.Samples;

namespace Cortex.Core.Tests.Postgres;

public sealed class SettingsFileTests
{
    [Theory]
    [InlineData("on", "'on'")]
    [InlineData("", "''")]
    [InlineData("it's", "'it''s'")]
    [InlineData(@"a\b", @"'a\\b'")]
    [InlineData("# no comment", "'# no comment'")]
    public void Values_are_quoted_by_the_servers_rules(string value, string quoted) => Assert.Equal(quoted, SettingsFile.Quote(value));

    [Theory, InlineData("a\nssl = off"), InlineData("a\0"), InlineData("a\r"), InlineData("a\u0085")]
    public void A_value_with_a_control_character_is_refused(string value)
    {
        Assert.Throws<ArgumentException>(() => SettingsFile.Quote(value));
        Assert.Contains("one line", Assert.Single(ParameterRules.Validate(User(("work_mem", value)))).Message);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("")]
    [InlineData("1a")]
    [InlineData("a.b.c")]
    [InlineData("a\n")]
    [InlineData("a=b")]
    [InlineData("a-b")]
    [InlineData("a.")]
    public void A_text_that_is_not_a_name_is_refused(string name)
    {
        Assert.Contains("not the name of a parameter", Assert.Single(ParameterRules.Validate(User((name, "x")))).Message);
        Assert.Throws<ArgumentException>(() => SettingsFile.Render([new Setting(name, "x", "")], "r"));
    }

    [Fact]
    public void Every_mandatory_row_takes_precedence()
    {
        foreach (var row in ServerSettings.Mandatory(Input(major: 18)))
        {
            var merged = SettingsFile.Layer([row], [row with { Value = "default" }], User((row.Name.ToUpperInvariant(), "user")));

            Assert.Equal(row, Assert.Single(merged));
            var refusal = Assert.Single(ParameterRules.Validate(User((row.Name, "user"))));
            Assert.Equal($"spec.postgres.parameters.{row.Name}", refusal.Path);
            Assert.EndsWith(row.Why, refusal.Message);
        }
    }

    [Fact]
    public void Every_default_row_gives_way_to_the_user() =>
        Assert.All(ServerSettings.Default, row => Assert.Equal("3", SettingsFile.Layer([], [row], User((row.Name, "3"))).Single().Value));

    [Fact]
    public void Every_row_says_why() => Assert.All(ServerSettings.Default.Concat(ServerSettings.Mandatory(Input(major: 18))), row =>
    {
        Assert.NotEmpty(row.Why);
        Assert.DoesNotContain('\n', row.Why);
    });

    [Theory]
    [InlineData("archive_command", "cp %p /x", "spec.backup says")]
    [InlineData("archive_mode", "off", "before there is a repository")]
    [InlineData("Restore_Command", "cp", "shell command")]
    [InlineData("hosts_file", "/etc/pg_hosts.conf", "the operator decides")]
    [InlineData("ssl_sni", "on", "the operator decides")]
    [InlineData("fsync", "off", "lose or damage")]
    [InlineData("full_page_writes", "0", "lose or damage")]
    [InlineData("include_dir", "/etc", "not checked")]
    [InlineData("shared_preload_libraries", "/tmp/evil.so", "without a path")]
    [InlineData("recovery_target_time", "now", "the operator configures replication")]
    [InlineData("wal_level", "minimal", "replica or logical")]
    [InlineData("max_wal_senders", "0", "at least 3")]
    [InlineData("max_wal_senders", "many", "at least 3")]
    [InlineData("cortex.revision", "x", "are the operator's")]
    [InlineData("SSL", "off", "TLS is the only way in")]
    [InlineData("lc_messages", "de_DE.UTF-8", "knows it in English")]
    public void What_is_dangerous_is_refused_with_the_reason(string name, string value, string reason)
    {
        var refusal = Assert.Single(ParameterRules.Validate(User((name, value))));

        Assert.Equal($"spec.postgres.parameters.{name}", refusal.Path);
        Assert.Contains(reason, refusal.Message);
        Assert.Throws<ArgumentException>(() => SettingsFile.Merge(Input(), User((name, value))));
    }

    [Theory]
    [InlineData("work_mem", "64MB")]
    [InlineData("wal_level", "logical")]
    [InlineData("pg_stat_statements.max", "5000")]
    [InlineData("shared_preload_libraries", "pg_stat_statements, auto_explain")]
    [InlineData("max_wal_senders", "3")]
    [InlineData("some_day_new", "x")]
    public void Other_parameters_are_accepted(string name, string value) => Assert.Empty(ParameterRules.Validate(User((name, value))));

    [Fact]
    public void A_name_given_in_two_spellings_is_refused() =>
        Assert.Equal(["spec.postgres.parameters.Work_Mem", "spec.postgres.parameters.work_mem"],
            ParameterRules.Validate(User(("work_mem", "1MB"), ("Work_Mem", "2MB"))).Select(refusal => refusal.Path));

    [Fact]
    public void The_order_of_the_users_rows_does_not_change_the_file()
    {
        var list = SettingsFile.Merge(Input(), User(("work_mem", "1MB"), ("jit", "off")));
        var other = SettingsFile.Merge(Input(), User(("jit", "off"), ("WORK_MEM", "1MB")));

        Assert.Equal(SettingsFile.Render(list, SettingsFile.Revision(list)), SettingsFile.Render(other, SettingsFile.Revision(other)));
    }

    [Fact]
    public void The_revision_tells_every_change()
    {
        var settings = SettingsFile.Merge(Input(), User());
        var changed = SettingsFile.Merge(Input(), User(("work_mem", "1MB")));
        string[] revisions =
        [
            SettingsFile.Revision(settings), SettingsFile.Revision(changed), SettingsFile.Revision(settings, "hba"),
            SettingsFile.Revision(settings, "hba", "ident"), SettingsFile.Revision(settings, "hbaident"),
        ];

        Assert.Equal(revisions.Length, revisions.Distinct().Count());
        Assert.Equal(revisions[0], SettingsFile.Revision(SettingsFile.Merge(Input(), User())));
    }

    [Fact]
    public void Changes_are_the_rows_that_differ()
    {
        IReadOnlyList<Setting> With(params (string, string)[] rows) => SettingsFile.Merge(Input(), User(rows));

        Assert.Empty(SettingsFile.Changes(With(), With()));
        Assert.Equal(
            ["shared_buffers", "work_mem"],
            SettingsFile.Changes(With(("shared_buffers", "1GB")), With(("work_mem", "1MB"))).Select(row => row.Name));
        Assert.Equal("2MB", Assert.Single(SettingsFile.Changes(With(("work_mem", "1MB")), With(("work_mem", "2MB")))).Value);
    }

    [Fact]
    public void Alter_system_is_shut_off_where_the_server_knows_how()
    {
        Assert.DoesNotContain(SettingsFile.Merge(Input(major: 16), User()), row => row.Name == "allow_alter_system");
        Assert.Contains(SettingsFile.Merge(Input(major: 17), User()), row => row is { Name: "allow_alter_system", Value: "off" });
    }

    [Fact]
    public void No_value_can_leave_its_line() =>
        Prop.ForAll<string>(value =>
        {
            if (value is null || ParameterRules.Validate(User(("work_mem", value))) is not [])
            {
                return true;
            }

            var rows = SettingsFile.Layer([], [], User(("work_mem", value)));
            return SettingsFile.Render(rows, "r").Split('\n').Count(line => line.Length > 0 && line[0] != '#') == 2;
        }).Holds(500);
}
