using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Cortex.Testing;

/// <summary>What tests find on this machine: the program under test, the names of the images, folders, free ports.</summary>
public static class Machine
{
    public const string Image = "localhost/anvil-alloydb-core:latest";
    public const string Postgres15Image = "localhost/anvil-alloydb-core:15";

    private const int FirstPort = 17400;
    private const int LastPort = 18400;
    private const int PortsOfACluster = 10;

    private static readonly Lock Ports = new();

    private static int nextPort = FirstPort + (Random.Shared.Next((LastPort - FirstPort) / PortsOfACluster) * PortsOfACluster);

    /// <summary>The program that users get, compiled ahead of time: the launcher publishes it there before the tests.</summary>
    public static string Program { get; } = Repository.Path(".build/cortex/current/cortex");

    /// <summary>Where this very runtime is installed, so that the program is started on it too.</summary>
    public static string DotnetRoot { get; } =
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));

    /// <summary>Where the scripts of tests keep what they have made or fetched.</summary>
    public static string Cache { get; } = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } folder
        ? Path.Combine(folder, "cortex")
        : Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".cache/cortex");

    /// <summary>A folder of our own below the system's temporary one. It goes with this process at the latest.</summary>
    public static string NewDirectory()
    {
        var folder = Directory.CreateTempSubdirectory("cortex-e2e-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => RemoveLeft(folder);
        return folder;
    }

    /// <summary>The first of ten ports, of which the first four are free.</summary>
    public static int FreePorts()
    {
        lock (Ports)
        {
            for (var attempts = 0; attempts < (LastPort - FirstPort) / PortsOfACluster; attempts++)
            {
                nextPort = nextPort + PortsOfACluster < LastPort ? nextPort + PortsOfACluster : FirstPort;
                if (Enumerable.Range(nextPort, 4).All(IsFree))
                {
                    return nextPort;
                }
            }
        }

        throw new InvalidOperationException($"no free ports between {FirstPort} and {LastPort}");
    }

    /// <summary>A free port that the kernel chose.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>Whether no program listens on a port.</summary>
    public static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Sends a signal as a user would: the program that supervises the process is not told.</summary>
    public static async Task SignalAsync(string signal, int process)
    {
        // Process 0 stands for the group of this very process.
        Assert.True(process > 0, $"there is no process to send {signal} to");
        (await Tool.RunAsync("kill", ["-s", signal, process.ToString(CultureInfo.InvariantCulture)])).Demand();
    }

    private static void RemoveLeft(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // Gone already, or a mount of a program that was ended is still in it: no reason to end otherwise.
        }
    }
}
