using System.Diagnostics;
using System.Net.Sockets;
using Npgsql;

namespace Cortex.Bench.Prober;

/// <summary>
/// Inserts one numbered row every 5 ms over one connection. A tick finds the connection and inserts, or finds none and looks for a server
/// once; ticks that passed meanwhile are left out, not made up for. A row whose insert failed is not sent again: whether it is there is unknown.
/// </summary>
internal sealed class Writer(Servers servers, bool isTold)
{
    private static readonly TimeSpan BetweenRows = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan SteadyFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(180);
    private const int Rehearsals = 20;

    private readonly long began = Stopwatch.GetTimestamp();
    private NpgsqlConnection? connection;
    private string? left;
    private long number;

    private TimeSpan Now => Stopwatch.GetElapsedTime(began);

    /// <summary>
    /// Makes the table again, and loses its own session some times, so that the first loss that counts does not wait for the compiler.
    /// </summary>
    /// <exception cref="TimeoutException">No server takes writes.</exception>
    public async Task PrepareAsync()
    {
        await FindAsync();
        await ExecuteAsync("DROP TABLE IF EXISTS prober");
        await ExecuteAsync("CREATE TABLE prober (n bigint PRIMARY KEY)");
        for (var time = 0; time < Rehearsals; time++)
        {
            await TryAsync(() => ExecuteAsync("SELECT pg_terminate_backend(pg_backend_pid())"));
            await FindAsync();
            await TryAsync(InsertAsync);
        }
    }

    /// <summary>Writes until another server than the first takes the rows, and steadily.</summary>
    /// <param name="whenSteady">Called once, when the change may begin.</param>
    /// <exception cref="TimeoutException">Writes do not become steady.</exception>
    public async Task<string> RunAsync(Action whenSteady)
    {
        var seen = new Acknowledgements();
        string? first = null;
        using var timer = new PeriodicTimer(BetweenRows);
        while (await timer.WaitForNextTickAsync())
        {
            await StepAsync(seen);
            if (Now - seen.Last > AnswerTimeout)
            {
                throw new TimeoutException($"no row was acknowledged for {AnswerTimeout.TotalSeconds} s");
            }

            if (seen.SteadyFor < SteadyFor)
            {
                continue;
            }

            if (first is null)
            {
                first = seen.Server;
                left = isTold ? first : null;
                seen.ForgetGaps();
                whenSteady();
            }
            else if (seen.Server != first)
            {
                break;
            }
        }

        return $"{seen} lost {await LostAsync(seen)}";
    }

    private async Task StepAsync(Acknowledgements seen)
    {
        if (connection is null)
        {
            connection = await servers.TryOpenAsync(left);
            if (connection is null)
            {
                return;
            }

            seen.Connected(Now);
        }

        if (await TryAsync(InsertAsync))
        {
            seen.Add(number, Now, Servers.Name(connection!));
        }
        else
        {
            seen.Failed(Now);
        }
    }

    /// <returns>How many rows that were acknowledged are not there.</returns>
    private async Task<int> LostAsync(Acknowledgements seen)
    {
        await FindAsync();
        var there = new HashSet<long>();
        await using var command = new NpgsqlCommand("SELECT n FROM prober", connection);
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            there.Add(rows.GetInt64(0));
        }

        return seen.Numbers.Count(found => !there.Contains(found));
    }

    private async Task FindAsync()
    {
        var since = Now;
        while (connection is null)
        {
            if (Now - since > AnswerTimeout)
            {
                throw new TimeoutException($"no server took writes for {AnswerTimeout.TotalSeconds} s");
            }

            connection = await servers.TryOpenAsync();
            await Task.Delay(BetweenRows);
        }
    }

    private async Task InsertAsync()
    {
        await using var command = new NpgsqlCommand("INSERT INTO prober VALUES ($1)", connection) { Parameters = { new() { Value = ++number } } };
        await command.ExecuteNonQueryAsync();
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <returns>Whether the server acknowledged it. The connection is given up when it did not.</returns>
    private async Task<bool> TryAsync(Func<Task> act)
    {
        try
        {
            await act();
            return true;
        }
        catch (Exception lost) when (lost is NpgsqlException or SocketException or IOException or TimeoutException)
        {
            await connection!.DisposeAsync();
            connection = null;
            return false;
        }
    }
}
