using System.Diagnostics;
using Cortex.Core.Pki;
using Cortex.Core.Postgres;
using Cortex.Core.Tests.Pki;

namespace Cortex.Core.Tests.Postgres;

/// <summary>
/// A real server, started with the files that this library writes. PostgreSQL does not run as root, so root becomes the user postgres.
/// </summary>
public sealed class LiveServer : IDisposable
{
    private static readonly string? Programs = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(folder => Path.Combine(folder, "bin"))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")))
        : null;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("cortex-pg-");

    public LiveServer()
    {
        Paths = new ServerPaths($"{folder}/pgdata", $"{folder}/conf", $"{folder}/tls", $"{folder}/run");
        if (WhyAbsent is null)
        {
            Prepare();
            Must("pg_ctl", "start", "-w", "-D", Paths.Data, "-l", $"{folder}/log", "-o", $"--config-file={Paths.SettingsFile}");
        }
    }

    public static string? WhyAbsent { get; } =
        Programs is null ? "no PostgreSQL server under /usr/lib/postgresql (Debian: apt-get install postgresql)"
        : Environment.UserName == "postgres" ? null
        : Environment.UserName != "root"
            ? "a server whose socket asks for the system's user postgres can only be tested as that user or as root"
        : File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? null
        : "there is no system user postgres";

    public ServerPaths Paths { get; }

    public int Port { get; } = Machine.FreePort();

    public string PassFile => $"{folder}/pass";

    public string Revision { get; private set; } = "";

    public IReadOnlyList<Setting> Settings { get; private set; } = [];

    /// <summary>The folder of server.pem, and the authority's certificate.</summary>
    public (string Folder, string Authority) Pair
    {
        get
        {
            File.WriteAllText($"{folder}/server.pem", File.ReadAllText(Paths.ServerPair));
            return (folder.FullName, File.ReadAllText(Paths.AuthorityCertificate));
        }
    }

    public static int Major() => ServerVersion.Major(Must("postgres", "--version").Split(' ')[2])!.Value;

    public static string[] UserLines { get; } =
        [
            "hostssl app,other +staff,bob samenet cert",
            "hostssl \"my db\" \"a,b\" 10.0.0.1 255.255.255.255 scram-sha-256",
            "host all bad 10.0.0.0/8 reject # noisy",
        ];

    /// <summary>Runs one of PostgreSQL's programs and returns its exit code and everything that it printed.</summary>
    public static (int Code, string Output) Run(string program, params string[] arguments) =>
        Start(Path.Combine(Programs ?? "", program), arguments);

    /// <summary>Runs a script with PostgreSQL's programs on its path, as a one-shot does.</summary>
    public static (int Code, string Output) Script(string script, params string[] arguments) =>
        Start("/usr/bin/env", [$"PATH={Programs}:/usr/bin:/bin", "sh", "-c", script, "script", .. arguments]);

    private static (int Code, string Output) Start(string program, params string[] arguments)
    {
        Assert.SkipWhen(WhyAbsent is not null, WhyAbsent ?? "");
        string[] command = [program, .. arguments];
        command = Environment.UserName == "root" ? ["runuser", "-u", "postgres", "--", .. command] : command;
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, (output + errors.GetAwaiter().GetResult()).TrimEnd('\n'));
    }

    public static string Must(string program, params string[] arguments)
    {
        var (code, output) = Run(program, arguments);
        Assert.True(code == 0, $"{program} ended with {code}: {output}");
        return output;
    }

    /// <summary>Runs SQL as the superuser over the socket.</summary>
    public string Sql(string sql)
    {
        var connection = $"host={Paths.Sockets} port={Port} user=postgres dbname=postgres";
        return Must("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", connection, "-c", sql);
    }

    /// <summary>Runs statements one after the other in one session.</summary>
    public static void Session(string connection, params IEnumerable<string> statements) => Must(
        "psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", connection, .. statements.SelectMany(statement => new[] { "-c", statement })]);

    /// <summary>All that the server has logged.</summary>
    public string Log => File.ReadAllText($"{folder}/log");

    public static (int Code, string Output) Psql(string connection, string sql) => Run("psql", "-XAtqw", "-d", connection, "-c", sql);

    public void Dispose()
    {
        if (WhyAbsent is null)
        {
            Run("pg_ctl", "stop", "-D", Paths.Data, "-m", "immediate");
        }

        folder.Delete(recursive: true);
    }

    private void Prepare()
    {
        var now = DateTimeOffset.UtcNow;
        var authority = Certificates.NewAuthority(now);
        var server = authority.Issue(Certificates.Server("localhost"), now);
        var replication = authority.Issue(Certificates.Client(Roles.Replication), now);
        var user = Samples.User(("work_mem", "5MB"), ("pg_ext.text", @"it's a \ # test"));
        Settings = SettingsFile.Merge(Samples.Input(Paths, Major(), Port), user);
        var hba = HbaRules.Render(UserLines);
        Revision = SettingsFile.Revision(Settings, hba);
        foreach (var path in new[] { Paths.Configuration, Paths.Tls, Paths.Sockets })
        {
            Directory.CreateDirectory(path);
        }

        foreach (var (path, text) in new[]
        {
            (Paths.SettingsFile, SettingsFile.Render(Settings, Revision)), (Paths.HbaFile, hba), (Paths.IdentFile, ""),
            (Paths.AuthorityCertificate, authority.CertificatePem),
            (Paths.ServerPair, server.CertificatePem + server.PrivateKeyPem),
            (Paths.ReplicationPair, replication.CertificatePem + replication.PrivateKeyPem),
            (PassFile, "*:*:*:app:s3cret pass'word\n"),
        })
        {
            File.WriteAllText(path, text);
        }

        // Only their reader may have access to keys, or neither the server nor libpq accepts them.
        var restriction = $"chmod -R go= {folder} && if [ $(id -u) = 0 ]; then chown -R postgres {folder}; fi";
        using var restrict = Process.Start("sh", ["-c", restriction]);
        restrict.WaitForExit();
        Must(
            "initdb",
            ["-D", Paths.Data, "-U", Roles.Superuser, "--auth=scram-sha-256", "--auth-local=peer", "--no-sync", "--data-checksums"]);
    }
}
