using System.Globalization;
using Cortex.Core.Postgres;
using FsCheck.Fluent;

namespace Cortex.Core.Tests.Postgres;

/// <summary>What this library writes, checked with a real server.</summary>
public sealed class LiveServerTests(LiveServer server) : IClassFixture<LiveServer>
{
    /// <summary>The names of the limits of standbys in the output of pg_controldata.</summary>
    private static readonly string[] Labels =
        ["max_connections", "max_worker_processes", "max_wal_senders", "max_prepared_xacts", "max_locks_per_xact"];

    private const string NeedRestart = "select name from pg_settings where context = 'postmaster'";

    [Theory, InlineData("work_mem", "5120"), InlineData("ssl_min_protocol_version", "TLSv1.3"), InlineData("cluster_name", "cortex-s1")]
    public void The_settings_are_read_by_postgres_itself(string name, string value) =>
        Assert.Equal(value, LiveServer.Must("postgres", "-C", name, "-D", server.Paths.Data, $"--config-file={server.Paths.SettingsFile}"));

    [Fact]
    public void Every_row_is_applied_as_it_was_written()
    {
        Assert.Equal("", server.Sql("select name, error from pg_file_settings where error is not null or not applied"));
        foreach (var row in server.Settings)
        {
            var name = SqlQuote.Literal(row.Name);
            Assert.Equal(
                row.Value,
                server.Sql($"select setting from pg_file_settings where name = {name} and sourcefile like '%/conf/postgresql.conf'"));
        }
    }

    [Fact]
    public void The_revision_that_is_live_is_told_by_sql() =>
        Assert.Equal(server.Revision, server.Sql($"show {SettingsFile.RevisionName}"));

    [Fact]
    public void The_control_file_says_what_pg_controldata_says()
    {
        server.Sql("checkpoint");
        var told = LiveServer.Must("pg_controldata", server.Paths.Data).Split('\n').Select(line => line.Split(':', 2))
            .ToDictionary(line => line[0], line => line[1].Trim());

        var read = ControlFile.Parse(File.ReadAllBytes($"{server.Paths.Data}/global/pg_control"))!;
        var limits = Labels.Zip(
            StandbyLimits.InControlFile,
            (label, name) => KeyValuePair.Create(name, int.Parse(told[$"{label} setting"], CultureInfo.InvariantCulture)));

        Assert.Equal(
            new ControlFile(
                told["Database system identifier"],
                ControlState.InProduction,
                Lsn.Parse(told["Latest checkpoint location"]),
                long.Parse(told["Latest checkpoint's TimeLineID"], CultureInfo.InvariantCulture))
            {
                Limits = read.Limits,
                CheckpointLength = read.CheckpointLength,
            },
            read);
        Assert.Equal(limits.ToDictionary(), read.Limits);
        string[] range = ["--start", $"{read.Checkpoint}", "--limit", "1", told["Latest checkpoint's REDO WAL file"]];
        var record = LiveServer.Must("pg_waldump", ["--path", $"{server.Paths.Data}/pg_wal", .. range]);
        var length = read.EndOfShutdown.Bytes - read.Checkpoint.Bytes;
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"/ {length,5},"), record, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_the_server_changes_only_by_a_restart_is_known_without_asking() =>
        Assert.All(server.Sql(NeedRestart).Split('\n'), name => Assert.True(ServerParameters.Usual.NeedRestart(name), name));

    [Fact]
    public void An_image_says_of_its_parameters_what_its_server_shows()
    {
        var (code, said) = LiveServer.Script(ProvisioningScripts.Examine, [.. StandbyLimits.Names]);
        var parameters = ServerParameters.Parse(said.Split('\n'));

        Assert.True(code == 0 && parameters is not null, said);
        Assert.All(server.Sql(NeedRestart).Split('\n'), name => Assert.True(parameters.NeedRestart(name), name));
        var others = server.Sql("select name from pg_settings where context <> 'postmaster'").Split('\n');
        Assert.All(others, name => Assert.False(parameters.NeedRestart(name), name));
        var limits = string.Join(", ", StandbyLimits.Names.Select(SqlQuote.Literal));
        Assert.Equal(
            server.Sql($"select name || ' ' || boot_val from pg_settings where name in ({limits})").Split('\n').Order(),
            parameters.LimitDefaults.Select(pair => $"{pair.Key} {pair.Value}").Order());
    }

    [Fact]
    public void Every_hba_line_is_understood_and_the_first_rejects_plaintext()
    {
        var rules = server.Sql(
            "select type, database, user_name, auth_method, coalesce(error, '') from pg_hba_file_rules order by line_number").Split('\n');

        Assert.Equal("hostnossl|{all}|{all}|reject|", rules[0]);
        Assert.Equal(HbaRules.Mandatory.Count + LiveServer.UserLines.Length + 1, rules.Length);
        Assert.All(rules, rule => Assert.EndsWith("|", rule));
        Assert.Contains("hostssl|{app,other}|{+staff,bob}|cert|", rules);
        Assert.Contains("hostssl|{\"my db\"}|{\"a,b\"}|scram-sha-256|", rules);
    }

    [Fact]
    public void Whatever_line_is_granted_the_server_reads_as_tls_with_proof_or_as_a_rejection()
    {
        var words = Gen.Elements(
            "all", "\"a,b\"", "a,", ",b", "x\"y\"", "\"\"", "+g", "10.0.0.0/8", "10.0.0.1", "255.0.0.0", "::1/128", "samenet", "host.name",
            "#", "trust", "\"@q\"", "clientcert=verify-full", "map=m");
        var lines = from type in Gen.Elements("hostssl", "hostssl", "host", "hostnossl", "\"hostssl\"")
                    from middle in words.ListOf(3)
                    from mask in words.ListOf(1)
                    from masked in Gen.Elements(true, false)
                    from method in Gen.Elements("cert", "reject", "scram-sha-256", "\"cert\"")
                    from option in Gen.Elements("", "clientcert=verify-full", "map=m", "clientname=DN", "# trust")
                    select string.Join(' ', [type, .. middle, .. masked ? mask : [], method, option]);
        var granted = lines.Sample(20_000).Where(line => HbaRules.Validate([line]) is []).ToArray();
        var original = File.ReadAllText(server.Paths.HbaFile);
        try
        {
            // The view reads the file as it is now; the server itself keeps what it has loaded.
            File.WriteAllText(server.Paths.HbaFile, string.Join('\n', granted) + "\n");

            Assert.True(granted.Length > 100);
            Assert.Equal("", server.Sql("select line_number, error from pg_hba_file_rules where error is not null limit 3"));
            Assert.Equal("0", server.Sql(
                "select count(*) from pg_hba_file_rules "
                    + "where not (auth_method = 'reject' or type = 'hostssl' and auth_method in ('cert', 'scram-sha-256'))"));
            Assert.Equal($"{granted.Count(line => HbaLine.Split(line) is not [])}", server.Sql("select count(*) from pg_hba_file_rules"));
        }
        finally
        {
            File.WriteAllText(server.Paths.HbaFile, original);
        }
    }

    [Fact]
    public void An_application_logs_in_by_the_verifier_over_verified_tls_and_by_no_other_way()
    {
        var verifier = ScramVerifier.Create("s3cret pass'word", new byte[ScramVerifier.SaltBytes]);
        server.Sql($"create role app login password {SqlQuote.Literal(verifier)}");
        Endpoint[] servers = [new("127.0.0.1", 1), new("localhost", server.Port)];
        var clients = ConnInfo.ForClients(servers, "postgres", "app", server.Paths.AuthorityCertificate, server.PassFile);

        Assert.Equal(
            (0, "app|TLSv1.3"),
            LiveServer.Psql(clients.ToString(), "select current_user, version from pg_stat_ssl where pid = pg_backend_pid()"));
        Assert.Equal((0, "app"), LiveServer.Psql(clients.ToUri(), "select current_user"));
        Assert.Contains("rejects connection", LiveServer.Psql(clients.With("sslmode", "disable").ToString(), "select 1").Output);
        var wrongAuthority = clients.With("sslrootcert", server.Paths.ServerPair).ToString();
        Assert.Contains("certificate verify failed", LiveServer.Psql(wrongAuthority, "select 1").Output);
        Assert.Contains("no password supplied", LiveServer.Psql(clients.With("passfile", "/dev/null").ToString(), "select 1").Output);
    }

    [Theory]
    [InlineData("log_statement = 'all'")]
    [InlineData("log_min_duration_statement = 0")]
    [InlineData("log_transaction_sample_rate = 1")]
    public void A_verifier_is_not_logged_whatever_a_user_has_logged(string logging)
    {
        var role = SqlQuote.Identifier(logging);
        var verifier = ScramVerifier.Create("s3cret", new byte[ScramVerifier.SaltBytes]);
        var (users, own) = Sessions(logging);

        LiveServer.Session(users, $"create role {role}");
        string[] changes = ["begin", .. UnloggedSql.Preparation, $"alter role {role} password {SqlQuote.Literal(verifier)}", "commit"];
        LiveServer.Session(own, changes);

        Assert.Equal(verifier, server.Sql($"select rolpassword from pg_authid where rolname = {SqlQuote.Literal(logging)}"));
        Assert.Contains($"create role {role}", server.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(verifier, server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_verifier_that_a_server_refuses_is_not_logged_either()
    {
        var verifier = ScramVerifier.Create("refused", new byte[ScramVerifier.SaltBytes]);
        var (_, own) = Sessions("log_min_error_statement = debug5");

        string[] changes = ["begin", .. UnloggedSql.Preparation, $"alter role no_such_role password {SqlQuote.Literal(verifier)}"];
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => LiveServer.Session(own, changes));

        Assert.Contains("no_such_role", server.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(verifier, server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_verifier_made_by_the_server_is_recognized()
    {
        server.Sql("create role by_server password 'it''s pencil'");
        var verifier = server.Sql("select rolpassword from pg_authid where rolname = 'by_server'");

        Assert.True(ScramVerifier.Matches(verifier, "it's pencil"));
        Assert.False(ScramVerifier.Matches(verifier, "its pencil"));
    }

    [Fact]
    public void The_replication_role_streams_by_its_certificate_and_cannot_be_another()
    {
        server.Sql($"create role {Roles.Replication} login replication; create role {Roles.Operator} login");
        Member[] members = [new("no-such-name.invalid"), new("localhost", "127.0.0.1")];
        var standby = ConnInfo.ForReplication(members, server.Port, server.Paths, "cortex-s1", LiveServer.Major())
            .With("dbname", "postgres");

        var (code, identity) = LiveServer.Psql(standby.With("replication", "true").ToString(), "IDENTIFY_SYSTEM");
        Assert.True(code == 0, identity);
        Assert.True(Lsn.Parse(identity.Split('|')[2]) > Lsn.Zero);
        Assert.Equal(
            (0, $"{Roles.Replication}|cortex-s1"),
            LiveServer.Psql(standby.ToString(), "select current_user, current_setting('application_name')"));
        var asOperator = LiveServer.Psql(standby.With("user", Roles.Operator).ToString(), "select 1");
        Assert.Contains("certificate authentication failed", asOperator.Output);
    }

    /// <summary>
    /// Here they are defaults of a database; the session's own settings take precedence over those of postgresql.conf and of a role, too.
    /// </summary>
    [Fact]
    public void No_default_of_a_users_reaches_a_session_of_the_operators()
    {
        string[] hostile =
        [
            "statement_timeout = 1", "lock_timeout = 1", "idle_session_timeout = 1", "idle_in_transaction_session_timeout = 1",
            "default_transaction_read_only = on", "default_transaction_isolation = serializable", "default_transaction_deferrable = on",
            "client_min_messages = debug5", "session_preload_libraries = no_such_library", "local_preload_libraries = no_such_library",
            "log_statement = 'all'", "log_min_error_statement = debug5", "log_min_duration_statement = 0", "log_duration = on",
            "search_path = mine", "synchronous_commit = remote_apply", "role = pg_monitor", "lc_messages = 'C.UTF-8'",
        ];
        var (users, own) = Sessions(hostile);
        const string Inherited = "select coalesce(string_agg(name || '=' || setting, ' '), '') from pg_catalog.pg_settings "
            + "where source in ('database', 'user')";

        Assert.NotEqual(0, LiveServer.Psql(users, Inherited).Code);
        Assert.Equal((0, ""), LiveServer.Psql(own, Inherited));
        Assert.Equal(LiveServer.Major() < 17 ? "t" : "f", server.Sql($"select {SessionOptions.HasRoleDefaults}"));
        const string sleepsAndWrites = "select pg_catalog.pg_sleep(0.02)::text = '' and pg_catalog.pg_current_xact_id() is not null";
        Assert.Equal((0, "t"), LiveServer.Psql(own, sleepsAndWrites));
    }

    /// <summary>Connections to a database with these defaults: with the settings of any client, and with those of the operator.</summary>
    private (string Users, string Own) Sessions(params string[] defaults)
    {
        var database = $"database{Guid.NewGuid():N}";
        server.Sql($"create database {database}");
        server.Sql(string.Concat(defaults.Select(found => $"alter database {database} set {found};")));
        var users = $"host={server.Paths.Sockets} port={server.Port} user=postgres dbname={database}";
        return (users, $"{users} options='{SessionOptions.Operator.Replace("\\", @"\\", StringComparison.Ordinal)}'");
    }

    [Theory, InlineData("it's"), InlineData(@"back\slash"), InlineData(@"\'; drop table x; --"), InlineData("Größe \"quoted\"")]
    public void Quoted_text_reaches_the_server_as_it_was(string text)
    {
        Assert.Equal(text, server.Sql($"select {SqlQuote.Literal(text)}"));
        // From 19 on they are always on.
        var strings = LiveServer.Major() < 19 ? "off" : "on";
        Assert.Equal(text, server.Sql($"set standard_conforming_strings = {strings}; select {SqlQuote.Literal(text)}"));
        var row = $"select r from (select 1 as {SqlQuote.Identifier(text)}) r";
        Assert.Equal(text, server.Sql($"select key from json_each_text(row_to_json(({row})))"));
    }
}
