using System.Globalization;
using System.Security.Cryptography;

namespace Cortex.EndToEnd.Harness;

/// <summary>
/// A server of SFTP, which is OpenSSH's, in a container. On Podman it has a network of its own: containers of every network of this machine
/// reach it by its address, and no other machine does. On Kubernetes it listens where pods reach this machine.
/// </summary>
public sealed class SftpServer : IAsyncDisposable
{
    public const string User = "keeper";
    public const string Path = "/srv/backups";

    private const string Image = "localhost/cortex-test-sftp:trixie";

    /// <summary>The packages are unpacked only, so there are no accounts yet. The account may use SFTP and nothing else.</summary>
    private const string Serve =
        $"""
        mkdir -p /run/sshd /root /home/{User} {Path}
        printf '%s\n' root:x:0:0::/root:/bin/sh sshd:x:100:65534::/run/sshd:/bin/false {User}:x:1000:1000::/home/{User}:/bin/sh >/etc/passwd
        printf '%s\n' root:x:0: nogroup:x:65534: {User}:x:1000: >/etc/group
        ssh-keygen -q -t ed25519 -N '' -f /root/client
        ssh-keygen -q -t ed25519 -N secret -f /root/locked
        cat /root/client.pub /root/locked.pub >/etc/ssh/authorized
        chown {User}:{User} {Path}
        ssh-keygen -A
        exec /usr/sbin/sshd -D -e -f /dev/null -o AuthorizedKeysFile=/etc/ssh/authorized -o PasswordAuthentication=no \
            -o 'Subsystem=sftp internal-sftp' -o ForceCommand=internal-sftp "$@"
        """;

    private readonly string name = $"sftp-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3))}";

    private SftpServer()
    {
    }

    public string Address { get; private set; } = "";

    public int Port { get; private set; } = 22;

    /// <summary>What ssh-keyscan prints of it: a key of each type.</summary>
    public string Keys { get; private set; } = "";

    /// <summary>The private key of the account.</summary>
    public string PrivateKey { get; private set; } = "";

    /// <summary>Another one of the account, with a passphrase.</summary>
    public string LockedKey { get; private set; } = "";

    public static async Task<SftpServer> StartAsync()
    {
        (await Tool.RunAsync(Repository.Path("tests/sftp/image.sh"), [], Podman.Environment)).Demand();
        var server = new SftpServer();
        await server.RunAsync();
        await Eventually.HoldsAsync(
            "the server of SFTP listens",
            async () => (await Podman.RunAsync("logs", server.name)).Errors.Contains("Server listening", StringComparison.Ordinal),
            async () => (await Podman.RunAsync("logs", server.name)).Errors);
        server.Keys = await server.AskAsync($"for key in /etc/ssh/ssh_host_*_key.pub; do echo \"{server.Address} $(cat $key)\"; done");
        server.PrivateKey = await server.AskAsync("cat /root/client");
        server.LockedKey = await server.AskAsync("cat /root/locked");
        return server;
    }

    /// <summary>The fingerprint of its key of a type, as ssh-keygen prints it.</summary>
    public async Task<string> FingerprintAsync(string type) =>
        (await AskAsync($"ssh-keygen -lf /etc/ssh/ssh_host_{type}_key.pub")).Split(' ')[1];

    /// <summary>Every file of the path, and its first bytes.</summary>
    public async Task<IReadOnlyList<string>> FilesAsync() =>
        (await AskAsync($"find {Path} -type f | while read -r file; do printf '%s ' \"$file\"; head -c 8 \"$file\"; echo; done"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public async ValueTask DisposeAsync()
    {
        await Podman.RunAsync("rm", "-f", "-t", "0", name);
        await Podman.RunAsync("network", "rm", name);
    }

    private async Task RunAsync()
    {
        if (TestTargets.Current is KubernetesTestTarget kubernetes)
        {
            (Address, Port) = ((await kubernetes.MachineAddressAsync()).ToString(), Machine.FreePort());
            string[] listen = ["-p", Port.ToString(CultureInfo.InvariantCulture), "-o", $"ListenAddress={Address}"];
            await Podman.TextAsync(["run", "-d", "--name", name, "--network", "host", Image, "sh", "-ceu", Serve, "sshd", .. listen]);
            return;
        }

        await Podman.TextAsync("network", "create", name);
        await Podman.TextAsync("run", "-d", "--name", name, "--network", name, Image, "sh", "-ceu", Serve, "sshd");
        const string address = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        Address = (await Podman.TextAsync("inspect", "--format", address, name)).Trim();
    }

    private Task<string> AskAsync(string script) => Podman.TextAsync("exec", name, "sh", "-ceu", script);
}
