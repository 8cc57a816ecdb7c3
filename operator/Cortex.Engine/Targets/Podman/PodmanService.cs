using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// Finds the socket of a Podman service, or runs the operator's own service: it is started where no other service listens, reused by the
/// next process, and started again after its death. It has its own session and outlives the operator, because containers belong to the
/// machine and not to the operator.
/// </summary>
public sealed partial class PodmanService(PodmanOptions options, TimeProvider? clock = null, ILogger<PodmanService>? logger = null)
    : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan DialInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LockInterval = TimeSpan.FromMilliseconds(50);

    private readonly TimeProvider clock = clock ?? TimeProvider.System;
    private readonly ILogger logger = logger ?? NullLogger<PodmanService>.Instance;
    private readonly SemaphoreSlim starting = new(1);
    private string? found;

    /// <summary>The socket in use; before one was found, that of the operator's own service.</summary>
    public string Socket => found ?? options.Socket ?? OwnSocket;

    private string OwnSocket => Path.Combine(options.StateDirectory, "podman.sock");

    private string PidFile => Path.Combine(options.StateDirectory, "podman.pid");

    private string LockFile => Path.Combine(options.StateDirectory, "podman.lock");

    private string LogFile => Path.Combine(options.StateDirectory, "podman.log");

    private string ConfigurationFile => Path.Combine(options.StateDirectory, "containers.conf");

    /// <summary>Connects to the service; starts the operator's own service if it does not run.</summary>
    /// <exception cref="TargetException">The service could not be started; the message has the end of its log.</exception>
    /// <exception cref="SocketException">A service of another owner does not answer.</exception>
    public async ValueTask<Stream> ConnectAsync(CancellationToken ct)
    {
        if ((options.Socket ?? HostInEnvironment()) is { } given)
        {
            found = given;
            return await LibpodClient.DialAsync(given, ct);
        }

        // An operator that uses its own service stays with it: a restart of the service must not move it to one with another configuration.
        var shared = Path.Combine(PodmanOptions.RuntimeDirectory, "podman/podman.sock");
        string[] places = found == OwnSocket ? [OwnSocket] : [OwnSocket, shared];
        foreach (var place in places)
        {
            if (await TryDialAsync(place, ct) is { } stream)
            {
                found = place;
                return stream;
            }
        }

        found = OwnSocket;
        return await StartAsync(ct);
    }

    /// <summary>Starts the operator's own service, even if there is another one.</summary>
    internal async Task StartOwnAsync(CancellationToken ct)
    {
        found = OwnSocket;
        await (await ConnectAsync(ct)).DisposeAsync();
    }

    /// <summary>Removes the files of the operator's own service, unless it runs.</summary>
    public async Task RemoveFilesAsync(CancellationToken ct)
    {
        if (!Directory.Exists(options.StateDirectory))
        {
            return;
        }

        using var others = await LockAsync(ct);
        if (OwnProcesses().Count > 0)
        {
            return;
        }

        foreach (var file in new[] { OwnSocket, PidFile, LogFile, ConfigurationFile, LockFile })
        {
            File.Delete(file);
        }

        if (!Directory.EnumerateFileSystemEntries(options.StateDirectory).Any())
        {
            Directory.Delete(options.StateDirectory);
        }
    }

    public void Dispose() => starting.Dispose();

    private async Task<Stream> StartAsync(CancellationToken ct)
    {
        await starting.WaitAsync(ct);
        try
        {
            using var others = await LockAsync(ct);
            if (await TryDialAsync(OwnSocket, ct) is { } running)
            {
                return running;
            }

            await WriteConfigurationAsync(ct);
            Launch();
            Started(OwnSocket);
            return await AwaitAsync(ct);
        }
        finally
        {
            starting.Release();
        }
    }

    /// <summary>Only for this account: a process that can use the socket has all rights of this account.</summary>
    private static void MakePrivateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("Podman's unix socket needs Linux");
        }

        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Only one process starts a service; the others wait and then find it.</summary>
    private async Task<FileStream> LockAsync(CancellationToken ct)
    {
        using var timed = new TimeLimit(StartLimit, ct);
        while (true)
        {
            try
            {
                MakePrivateDirectory(options.StateDirectory);
                return new FileStream(LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (!timed.Token.IsCancellationRequested)
            {
                await Task.Delay(LockInterval, clock, CancellationToken.None);
            }
        }
    }

    private async Task WriteConfigurationAsync(CancellationToken ct)
    {
        var conditions = new HostConditions(await HostFacts.GatherAsync(ct));
        if (conditions.Findings().FirstOrDefault(finding => finding.Severity == Severity.Error) is { } problem)
        {
            throw new TargetException(problem.What, problem.Remedy);
        }

        var wanted = conditions.OwnConfiguration ?? await NamedConfigurationAsync(ct);
        File.Delete(ConfigurationFile);
        if (wanted is { } text)
        {
            await File.WriteAllTextAsync(ConfigurationFile, text, ct);
        }
    }

    /// <summary>
    /// A copy of the file in CONTAINERS_CONF: the service outlives the checkout that may contain it, and without the file Podman could not
    /// even restart a container.
    /// </summary>
    private static async Task<string?> NamedConfigurationAsync(CancellationToken ct) =>
        Environment.GetEnvironmentVariable("CONTAINERS_CONF") is { Length: > 0 } named && File.Exists(named)
            ? await File.ReadAllTextAsync(named, ct)
            : null;

    /// <summary>
    /// setsid gives the service its own session, so that Ctrl-C in the terminal does not reach it; the shell writes the pid and becomes
    /// podman.
    /// </summary>
    private void Launch()
    {
        File.Delete(OwnSocket);
        var start = new ProcessStartInfo("setsid")
        {
            ArgumentList =
            {
                "sh", "-c", "echo $$ >\"$1\"; exec podman system service --time=0 \"unix://$2\" >\"$3\" 2>&1 </dev/null",
                "cortex-podman", PidFile, OwnSocket, LogFile,
            },
            WorkingDirectory = "/",
        };
        if (File.Exists(ConfigurationFile))
        {
            start.Environment["CONTAINERS_CONF"] = ConfigurationFile;
        }

        using var process = Process.Start(start) ?? throw new TargetException("setsid could not be run", "install util-linux");
    }

    private async Task<Stream> AwaitAsync(CancellationToken ct)
    {
        Stream? stream = null;
        if (await Until.HoldsAsync(AnswersAsync, StartLimit, DialInterval, clock, ct))
        {
            return stream!;
        }

        var log = File.Exists(LogFile) ? await File.ReadAllTextAsync(LogFile, ct) : "";
        throw new TargetException(
            $"podman system service did not start: {log[^Math.Min(log.Length, 500)..].Trim()}", $"its log is {LogFile}");

        async Task<bool> AnswersAsync() => (stream = await TryDialAsync(OwnSocket, ct)) is not null;
    }

    /// <summary>
    /// Every process of the operator's own service. Rootless there are two: the first waits for the second, which may outlive it.
    /// </summary>
    public IReadOnlyList<int> OwnProcesses() =>
        [.. Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0 && IsPodman(pid))];

    /// <summary>A container on this machine may have a Podman of its own, whose socket has the same path there.</summary>
    private static bool SharesOurProcesses(int pid) =>
        new FileInfo($"/proc/{pid}/ns/pid").LinkTarget is { } space && space == new FileInfo("/proc/self/ns/pid").LinkTarget;

    /// <summary>The number may have been given to another process since.</summary>
    private bool IsPodman(int pid)
    {
        try
        {
            var words = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
            return words.Contains("service") && words.Contains($"unix://{OwnSocket}") && SharesOurProcesses(pid);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task<Stream?> TryDialAsync(string socket, CancellationToken ct)
    {
        try
        {
            return File.Exists(socket) ? await LibpodClient.DialAsync(socket, ct) : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>The socket in CONTAINER_HOST, Podman's own variable for its service; only a local service is supported.</summary>
    private static string? HostInEnvironment() => Environment.GetEnvironmentVariable("CONTAINER_HOST") switch
    {
        { Length: > 0 } host when host.StartsWith("unix://", StringComparison.Ordinal) => host["unix://".Length..],
        { Length: > 0 } host =>
            throw new TargetException(
                $"CONTAINER_HOST is {host}", "only unix:// is supported, because volumes and ports are this machine's"),
        _ => null,
    };

    [LoggerMessage(300, LogLevel.Information, "Starting a Podman service at {Socket}")]
    private partial void Started(string socket);
}
