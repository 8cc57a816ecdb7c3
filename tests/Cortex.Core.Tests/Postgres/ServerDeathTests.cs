using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Postgres;

/// <summary>What the log tells of the death of a server.</summary>
public sealed class ServerDeathTests
{
    private const string Killed = "2026-01-01 12:00:03.250 UTC [1] LOG:  the server was killed by signal 9\n";

    [Fact]
    public void The_last_kill_counts_and_only_until_the_server_takes_connections_again()
    {
        const string before = "2026-01-01 12:00:00.000 UTC [1] LOG:  the server was killed by signal 11\n"
            + "2026-01-01 12:00:02.000 UTC [9] LOG:  database system is ready to accept connections\n";
        const string recovering = "2026-01-01 12:00:04.300 UTC [30] LOG:  database system was interrupted; "
            + "last known up at 2026-01-01 12:00:01 UTC\n";

        Assert.Equal(new DateTimeOffset(2026, 1, 1, 12, 0, 3, 250, TimeSpan.Zero), ServerProcess.KilledAt(before + Killed + recovering));
        Assert.Null(ServerProcess.KilledAt(before));
        Assert.Null(ServerProcess.KilledAt(""));
    }

    [Theory]
    [InlineData("2026-01-01 12:00:03.3N UTC [1] LOG:  the server was killed by signal 9\n")] // a date command without milliseconds
    [InlineData("2026-01-01 12:00:03.250 UTC [77] app@app 10.0.0.1 LOG:  the server was killed by signal 9\n")]
    public void A_line_of_another_process_is_not_believed(string line) => Assert.Null(ServerProcess.KilledAt(line));
}
