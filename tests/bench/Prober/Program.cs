using Cortex.Bench.Prober;

// Prober CONNINFO: writes, says `steady`, goes on until another server takes its rows steadily, and prints what it saw.
if (args is not [var conninfo])
{
    await Console.Error.WriteLineAsync("Usage: Prober 'host=a,b port=1,2 dbname=… user=… [sslmode=… sslrootcert=… passfile=…]'");
    return 2;
}

try
{
    await using var servers = Servers.From(conninfo);
    var writer = new Writer(servers);
    await writer.PrepareAsync();
    Console.WriteLine(await writer.RunAsync(() => Console.WriteLine("steady")));
    return 0;
}
catch (Exception wrong) when (wrong is TimeoutException or FormatException or Npgsql.NpgsqlException or IOException)
{
    await Console.Error.WriteLineAsync($"Prober: {wrong.Message}");
    return 1;
}
