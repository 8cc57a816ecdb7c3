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
        return findings.Any(finding => finding.Severity == Severity.Error) ? findings : [.. findings, await ServiceAsync(options, ct)];
    }

    private static async Task<Finding> ServiceAsync(PodmanOptions options, CancellationToken ct)
    {
        using var service = new PodmanService(options);
        using var podman = new LibpodClient(service.Socket, service.ConnectAsync);
        try
        {
            var reply = (await podman.GetAsync("version", ct)).OrThrow("tell its version");
            var version = JsonSerializer.Deserialize<JsonElement>(reply.Body.Span, LibpodJson.Default.JsonElement).GetProperty("Version").GetString();
            return new(Severity.Note, $"Podman {version} answers at {service.Socket}", "nothing to do");
        }
        catch (TargetException e)
        {
            return new(Severity.Error, $"Podman's service does not answer: {e.Message}", $"start it: podman system service --time=0 unix://{service.Socket}");
        }
    }
}
