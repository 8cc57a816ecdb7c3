using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Postgres;

/// <summary>A real server is started with the user's settings, and its messages lead to the field.</summary>
public sealed class ProofTests(LiveServer server) : IClassFixture<LiveServer>
{
    private const int Refused = 65;

    [Fact]
    public void A_configuration_that_the_server_takes_is_proven_and_leaves_nothing()
    {
        var (code, said) = Prove(Samples.User(("work_mem", "5MB"), ("log_line_prefix", "%m ")), "hostssl all app samenet scram-sha-256");

        Assert.True(code == 0, said);
        Assert.Contains("left: \n", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timezone", "Mars/Olympus", "invalid value for parameter \"TimeZone\": \"Mars/Olympus\"")]
    [InlineData("Max_Connections", "abc", "invalid value for parameter \"max_connections\": \"abc\"")]
    [InlineData("max_connections", "3", "must be less than")]
    [InlineData("max_connections", "999999", "outside the valid range for parameter \"max_connections\"")]
    [InlineData("no_such_parameter", "1", "unrecognized configuration parameter \"no_such_parameter\"")]
    [InlineData("shared_preload_libraries", "pg_stat_statements,no_such_library", "could not access file \"no_such_library\"")]
    [InlineData("session_preload_libraries", "login_hook", "could not access file \"login_hook\"")]
    [InlineData("ssl_ciphers", "nonsense", "cipher list")]
    public void A_parameter_that_the_server_refuses_is_named_with_its_value_and_the_servers_words(string name, string value, string words)
    {
        var parameters = Samples.User(("work_mem", "5MB"), (name, value));
        var (code, said) = Prove(parameters);

        Assert.True(code == Refused, said);
        var refusal = Assert.Single(ConfigurationRefusal.Read(said, parameters, []));
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(name == "ssl_ciphers" ? "spec.postgres" : $"spec.postgres.parameters.{name}", refusal.Path);
        Assert.True(name == "ssl_ciphers" || refusal.Message.StartsWith($"\"{value}\": ", StringComparison.Ordinal), refusal.Message);
    }

    [Theory]
    [InlineData("hostssl all all [::1]:80/128 scram-sha-256")]
    [InlineData("hostssl all all [::1]/128 scram-sha-256")]
    [InlineData("hostssl all all 10.0.0.0/99 scram-sha-256")]
    public void A_line_that_the_server_refuses_is_named_whatever_the_validation_thinks_of_it(string line)
    {
        var lines = new[] { "hostssl all app samenet scram-sha-256", line };
        var file = HbaRules.Render([lines[0]]).Replace($"{lines[0]}\n", $"{lines[0]}\n{line}\n", StringComparison.Ordinal);
        var (code, said) = Prove(Samples.User(), file: file);

        Assert.True(code == Refused, said);
        var refusal = Assert.Single(ConfigurationRefusal.Read(said, Samples.User(), lines));
        Assert.Equal("spec.postgres.hba[1]", refusal.Path);
        Assert.StartsWith($"\"{line}\": PostgreSQL says: ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_leads_to_no_field_is_passed_on()
    {
        const string log = "2026-01-01 [1] LOG:  starting\n"
            + "2026-01-01 [1] FATAL:  could not map anonymous shared memory: Cannot allocate memory\n";

        Assert.Equal(
            [new FieldRefusal("spec.postgres", "PostgreSQL says: could not map anonymous shared memory: Cannot allocate memory")],
            ConfigurationRefusal.Read(log, Samples.User(("work_mem", "1MB")), []));
        Assert.Equal(
            [new FieldRefusal("spec.postgres", "PostgreSQL says: Killed")], ConfigurationRefusal.Read("Killed\n", Samples.User(), []));
    }

    private (int Code, string Said) Prove(IReadOnlyDictionary<string, string> parameters, string? line = null, string? file = null)
    {
        Assert.SkipWhen(LiveServer.WhyAbsent is not null, LiveServer.WhyAbsent ?? "");
        var mandatory = ServerSettings.Mandatory(Samples.Input(major: LiveServer.Major()));
        var settings = SettingsFile.Layer(mandatory, ServerSettings.Default, parameters);
        var (folder, authority) = server.Pair;
        return LiveServer.Script(
            // In a temporary folder, which is empty afterwards.
            $"TMPDIR=$(mktemp -d)\nexport TMPDIR\n({ProvisioningScripts.Prove}\n)\nstatus=$?\n"
                + "echo \"left: $(ls \"$TMPDIR\")\"\nrmdir \"$TMPDIR\"\nexit $status",
            SettingsFile.Render(settings, "revision"), file ?? HbaRules.Render(line is null ? [] : [line]), "", authority, folder);
    }
}
