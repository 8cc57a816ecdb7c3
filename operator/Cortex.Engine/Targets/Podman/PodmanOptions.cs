namespace Cortex.Engine.Targets.Podman;

/// <summary>The socket of Podman and the folder for the files of the operator's own Podman service.</summary>
public sealed record PodmanOptions
{
    /// <summary>
    /// The socket of a Podman service. Null for CONTAINER_HOST, the user's usual socket, or else a service that the operator starts.
    /// </summary>
    public string? Socket { get; init; }

    /// <summary>
    /// The folder for the socket, pid file, log and containers.conf of the operator's own service, on a file system that a reboot empties.
    /// </summary>
    public required string StateDirectory { get; init; }

    /// <summary>From the environment: <c>CORTEX_PODMAN_SOCKET</c>, and <c>/run/cortex</c> or <c>$XDG_RUNTIME_DIR/cortex</c>.</summary>
    /// <exception cref="TargetException">The user is not root and XDG_RUNTIME_DIR is not set.</exception>
    public static PodmanOptions FromEnvironment() => new()
    {
        Socket = Environment.GetEnvironmentVariable("CORTEX_PODMAN_SOCKET") is { Length: > 0 } socket ? socket : null,
        StateDirectory = Path.Combine(RuntimeDirectory, "cortex"),
    };

    internal static string RuntimeDirectory =>
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } user && !Environment.IsPrivilegedProcess ? user
        : Environment.IsPrivilegedProcess ? "/run"
        : throw new TargetException(
            "XDG_RUNTIME_DIR is not set", "log in through systemd or set it to a directory of your own with mode 0700");
}
