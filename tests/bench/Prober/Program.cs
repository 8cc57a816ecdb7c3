using Cortex.Bench.Prober;

// Prober CONNINFO [--told]: writes, says `steady`, goes on until another server takes its rows steadily, and prints what it saw.
// --told: it is told at once of the new address, so that it no longer tries the server that it lost.
if (args is not ([_] or [_, "--told"]))
{
    await Console.Error.WriteLineAsync("Usage: Prober 'host=a,b port=1,2 dbname=… user=… [sslmode=… sslrootcert=… passfile=…]' [--told]");
    return 2;
}

try
{
    await using var servers = Servers.From(args[0]);
    var writer = new Writer(servers, isTold: args.Length > 1);
    await writer.PrepareAsync();
    Console.WriteLine(await writer.RunAsync(() => Console.WriteLine("steady")));
    return 0;
}
catch (Exception wrong) when (wrong is TimeoutException or FormatException or Npgsql.NpgsqlException or IOException)
{
    await Console.Error.WriteLineAsync($"Prober: {wrong.Message}");
    return 1;
}
