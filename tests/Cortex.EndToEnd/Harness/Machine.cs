using System.Net;
using System.Net.Sockets;
using Cortex.Engine.Targets.Podman;

namespace Cortex.EndToEnd.Harness;

/// <summary>What the stories find on this machine: the program under test, the images, free ports.</summary>
public static class Machine
{
    public const string Image = "localhost/anvil-alloydb-core:latest";
    public const string Postgres15Image = "localhost/anvil-alloydb-core:15";

    private const int FirstPort = 17400;
    private const int LastPort = 18400;
    private const int PortsOfACluster = 10;

    private static readonly Lock Ports = new();

    private static int nextPort = FirstPort + (Random.Shared.Next((LastPort - FirstPort) / PortsOfACluster) * PortsOfACluster);

    /// <summary>The folder of the checkout.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The program that users get, compiled ahead of time: the launcher publishes it there before the tests.</summary>
    public static string Program { get; } = Path.Combine(Root, ".build/cortex/current/cortex");

    /// <summary>Where this very runtime is installed, so that the program is started on it too.</summary>
    public static string DotnetRoot { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));

    /// <summary>A folder of our own below the system's temporary one. It goes with this process at the latest.</summary>
    public static string NewDirectory()
    {
        var folder = Directory.CreateTempSubdirectory("cortex-e2e-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => RemoveLeft(folder);
        return folder;
    }

    /// <summary>The first of ten ports of which nobody holds the first four.</summary>
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

    /// <summary>Builds the image where it is absent, as the launcher does.</summary>
    public static async Task NeedImageAsync(string image, string suite)
    {
        if (!(await Podman.RunAsync("image", "exists", image)).Succeeded)
        {
            (await Tool.RunAsync(Path.Combine(Root, "images/anvil-alloydb-core/build.sh"), ["--suite", suite], Podman.Environment)).Text();
        }
    }

    /// <summary>Whether nobody listens there.</summary>
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

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cortex.Operator.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"{AppContext.BaseDirectory} is in no checkout of this repository");
    }
}
