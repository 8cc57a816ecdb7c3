using System.Text;

namespace Cortex.Operator.LocalState;

/// <summary>
/// The files of one user's control plane. Only that user may read them, because the kubeconfig gives all rights on the API.
/// </summary>
/// <remarks>The default is that of https://specifications.freedesktop.org/basedir-spec for state that outlives a restart.</remarks>
public sealed class StateDirectory(string path)
{
    public const string Variable = "CORTEX_STATE";

    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The errno of Linux, which .NET reports as HResult: another process holds the file.</summary>
    private const int WouldBlock = 11;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private const UnixFileMode PrivateDirectory = PrivateFile | UnixFileMode.UserExecute;

    /// <summary>
    /// The files of the embedded API: the store, remains of an interrupted start, and the credentials; and the operator's log.
    /// </summary>
    private static readonly string[] OwnFiles =
        [
            "operator.log",
            "operator.log.1",
            "objects.db",
            "objects.db-wal",
            "objects.db-shm",
            "objects.db.new",
            "objects.db.copy",
            "serving.pem",
            "token",
            "port",
            "lock",
            "starting",
            "kubeconfig",
            "clusters",
            "commands.sock",
        ];

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>The embedded API writes it at every start.</summary>
    public string Kubeconfig => In("kubeconfig");

    public string Log => In("operator.log");

    /// <summary>See <see cref="OperatorLog"/>.</summary>
    public string FormerLog => In("operator.log.1");

    /// <summary>Where the running operator executes commands.</summary>
    public string CommandSocket => In("commands.sock");

    public string PidFile => In("operator.pid");

    /// <summary>See <see cref="ClusterLedger"/>.</summary>
    public string Ledger => In("clusters");

    /// <summary>Whether a control plane has stored anything.</summary>
    public bool HasStore => File.Exists(In("objects.db"));

    /// <summary><c>$CORTEX_STATE</c>, else <c>$XDG_STATE_HOME/cortex</c>, else <c>~/.local/state/cortex</c>.</summary>
    public static StateDirectory FromEnvironment(Func<string, string?> variable)
    {
        if (variable(Variable) is { Length: > 0 } own)
        {
            return new(own);
        }

        // The specification says that relative paths are ignored.
        return variable("XDG_STATE_HOME") is { Length: > 0 } states && System.IO.Path.IsPathRooted(states)
            ? new(System.IO.Path.Combine(states, "cortex"))
            : new(System.IO.Path.Combine(variable("HOME") ?? "/root", ".local/state/cortex"));
    }

    /// <summary>The folder of the files that a client of this cluster needs.</summary>
    /// <param name="api">
    /// The API of the cluster, as a part of a path; null for the embedded API. No namespace begins with that character.
    /// </param>
    public string ClientFiles(string? api, string ns, string cluster) =>
        In(System.IO.Path.Combine("clients", api is null ? "" : $"@{api}", ns, cluster));

    /// <summary>Creates the directory, and makes it private if other users had access.</summary>
    public void Create() => MakePrivate(Path);

    /// <summary>Waits until no other command is starting the operator of this directory.</summary>
    /// <returns>A lock that other commands wait for, until it is disposed or the process ends.</returns>
    public async Task<IDisposable> LockStartAsync(TimeProvider clock, CancellationToken ct)
    {
        Create();
        while (true)
        {
            try
            {
                return new FileStream(In("starting"), new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    UnixCreateMode = PrivateFile,
                });
            }
            catch (IOException held) when (held.HResult == WouldBlock)
            {
                await Task.Delay(PollInterval, clock, ct);
            }
        }
    }

    /// <summary>Creates an empty private file, unless the file exists.</summary>
    public static void Touch(string file)
    {
        using var stream = Open(file, FileMode.OpenOrCreate);
        File.SetUnixFileMode(file, PrivateFile);
    }

    /// <summary>Writes a private file atomically, in a private directory.</summary>
    public static void Write(string file, string text)
    {
        MakePrivate(System.IO.Path.GetDirectoryName(file)!);
        var draft = $"{file}.{Environment.ProcessId}";
        File.Delete(draft);
        using (var stream = Open(draft, FileMode.CreateNew))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
        }

        File.Move(draft, file, overwrite: true);
    }

    /// <summary>
    /// Removes the store of the embedded API, the exported client files and the log, and then the directory if it is empty. No process may
    /// be using them.
    /// </summary>
    /// <returns>The names of the removed files.</returns>
    public IReadOnlyList<string> RemoveFiles()
    {
        var removed = RemoveOwnFiles();
        try
        {
            Directory.Delete(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The directory does not exist, contains other files, is a mount point, or is in a directory of another user.
        }

        return removed;
    }

    private List<string> RemoveOwnFiles()
    {
        var copies = Directory.Exists(Path)
            ? Directory.EnumerateFiles(Path, "objects.db.before-upgrade-*").Select(file => System.IO.Path.GetFileName(file))
            : [];
        List<string> files = [.. OwnFiles.Where(name => File.Exists(In(name))), .. copies];
        files.ForEach(name => File.Delete(In(name)));
        if (!Directory.Exists(In("clients")))
        {
            return files;
        }

        Directory.Delete(In("clients"), recursive: true);
        return [.. files, "clients"];
    }

    private static void MakePrivate(string directory)
    {
        Directory.CreateDirectory(directory, PrivateDirectory);
        File.SetUnixFileMode(directory, PrivateDirectory);
    }

    private static FileStream Open(string file, FileMode mode) =>
        new(
            file,
            new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = PrivateFile });

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
