using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Postgres;

public sealed class FatalMessageTests
{
    [Fact]
    public void The_last_message_of_the_server_counts_and_messages_to_clients_do_not()
    {
        const string log = """
            2026-01-01 12:00:00.000 UTC [1] FATAL:  an older one
            2026-01-01 12:00:01.000 UTC [1] FATAL:  could not map anonymous shared memory: Cannot allocate memory
            2026-01-01 12:00:01.000 UTC [1] HINT:  This error usually means
            2026-01-01 12:00:02.000 UTC [9] cortex_operator@postgres [unknown] FATAL:  the database system is starting up
            2026-01-01 12:00:03.000 UTC [1] LOG:  database system is shut down
            """;

        Assert.Equal("FATAL: could not map anonymous shared memory: Cannot allocate memory", FatalMessage.LastIn(log));
        Assert.Null(FatalMessage.LastIn("2026-01-01 12:00:03.000 UTC [1] LOG:  database system is shut down"));
        Assert.Null(FatalMessage.LastIn(""));
    }

    [Fact]
    public void A_message_of_an_earlier_run_is_not_the_reason_of_the_latest_end()
    {
        const string log = """
            2026-01-01 12:00:00.000 UTC [9] FATAL:  could not access file "nosuch"
            2026-01-01 12:00:00.100 UTC [1] LOG:  the server ended with exit code 1
            postgres: error while loading shared libraries: libssl.so.3
            2026-01-01 12:00:01.500 UTC [1] LOG:  the server ended with exit code 127

            """;
        var first = log[..log.IndexOf("postgres:", StringComparison.Ordinal)];

        Assert.Equal("FATAL: could not access file \"nosuch\"", FatalMessage.LastIn(first));
        Assert.Null(FatalMessage.LastIn(log));
        Assert.Equal(["ended with exit code 1", "ended with exit code 127"], ServerProcess.Ends(log).Select(end => end.How));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 12, 0, 1, 500, TimeSpan.Zero), ServerProcess.Ends(log)[1].At);
    }

    [Theory]
    [InlineData("17.6", 17)]
    [InlineData("18beta1", 18)]
    [InlineData("15.14 (Debian 15.14-0+deb12u1)", 15)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void The_major_version_is_the_number_that_a_version_begins_with(string? version, int? major) =>
        Assert.Equal(major, ServerVersion.Major(version));

    [Theory]
    [InlineData("max_connections", null, 100)]
    [InlineData("max_connections", "250", 250)]
    [InlineData("max_wal_senders", null, 10)]
    [InlineData("max_connections", "many", null)]
    [InlineData("work_mem", "4", null)]
    public void The_limits_of_standbys_are_read_from_the_spec_or_are_the_defaults(string name, string? said, int? wanted)
    {
        Dictionary<string, string> parameters = said is null ? [] : new() { [name.ToUpperInvariant()] = said };

        Assert.Equal(wanted, StandbyLimits.Wanted(name, parameters, ServerParameters.Usual.LimitDefaults));
    }
}
