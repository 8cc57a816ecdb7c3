using System.Text.Json;

namespace Cortex.Engine.Targets.Podman;

/// <summary>Everything that is to be known before Podman is relied upon, for <c>cortex doctor</c>.</summary>
public static class PodmanDoctor
{
    /// <summary>
    /// What was found, and last whether a service answers. Where no hindrance was found and none is running, ours is started: a diagnosis
    /// that did not try it would be a guess.
    /// </summary>
    public static async Task<IReadOnlyList<Finding>> ExamineAsync(PodmanOptions options, CancellationToken ct)
    {
        var findings = new HostConditions(await HostFacts.GatherAsync(ct)).Findings();
        return findings.Any(finding => finding.Severity == Severity.Error) ? findings : [.. findings, .. await ServiceAsync(options, ct)];
    }

    private static async Task<IReadOnlyList<Finding>> ServiceAsync(PodmanOptions options, CancellationToken ct)
    {
        using var service = new PodmanService(options);
        using var podman = new LibpodClient(service.Socket, service.ConnectAsync);
        try
        {
            var reply = (await podman.GetAsync("version", ct)).OrThrow("tell its version");
            var version = JsonSerializer.Deserialize<JsonElement>(reply.Body.Span, LibpodJson.Default.JsonElement).GetProperty("Version").GetString();
            var info = (await podman.GetAsync("info", ct)).OrThrow("tell about itself").Read(LibpodJson.Default.ServiceInfo);
            return [new(Severity.Note, $"Podman {version} answers at {service.Socket}", "nothing to do"), .. Store(info.Store)];
        }
        catch (TargetException e)
        {
            return [new(Severity.Error, $"Podman's service does not answer: {e.Message}", $"start it: podman system service --time=0 unix://{service.Socket}")];
        }
    }

    /// <summary>Debian 12's Podman chooses vfs for everybody but root where nothing is said, and copies the whole image for each container.</summary>
    internal static IReadOnlyList<Finding> Store(ServiceStore store) => store.GraphDriverName != "vfs" ? [] :
    [
        new(
            Severity.Warning,
            "the store of images copies a whole image for each container (driver vfs): slow, and it fills the disk",
            "where the kernel is 5.13 or newer, write [storage] and driver = \"overlay\" into ~/.config/containers/storage.conf; `podman system reset` before, which removes all that Podman has"),
    ];
}
