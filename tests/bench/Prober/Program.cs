using Cortex.Bench.Prober;

// Prober CONNINFO: writes, says `steady`, reads `end` from standard input when the change is over, and prints what it saw.
if (args is not [var conninfo])
{
    await Console.Error.WriteLineAsync("Usage: Prober 'host=a,b port=1,2 dbname=… user=… [sslmode=… sslrootcert=… passfile=…]'");
    return 2;
}

try
{
    await using var servers = Servers.From(conninfo);
    var writer = new Writer(servers, Told("end"));
    await writer.PrepareAsync();
    Console.WriteLine(await writer.RunAsync(() => Console.WriteLine("steady")));
    return 0;
}
catch (Exception wrong) when (wrong is TimeoutException or FormatException or Npgsql.NpgsqlException or IOException)
{
    await Console.Error.WriteLineAsync($"Prober: {wrong.Message}");
    return 1;
}

// A console read cannot be cancelled, so it gets a thread of its own. A closed input is the same word.
static Task Told(string word) => Task.Factory.StartNew(
    () =>
    {
        while (Console.In.ReadLine() is { } line && line != word)
        {
        }
    },
    CancellationToken.None,
    TaskCreationOptions.LongRunning,
    TaskScheduler.Default);
