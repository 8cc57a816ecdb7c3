using System.Text;
using System.Text.Json;

namespace Cortex.Engine.Targets.Podman;

/// <summary>Images on this machine, and in registries.</summary>
internal sealed class PodmanImages(LibpodClient podman)
{
    private static readonly TimeSpan PullLimit = TimeSpan.FromMinutes(10);

    /// <summary>The id of the image, which is pulled when absent; null when that fails, too.</summary>
    public async Task<string?> FindAsync(string image, CancellationToken ct)
    {
        var reply = await LookAsync(image, ct);
        if (!reply.Missing)
        {
            return reply.OrThrow($"look at image {image}").Read(LibpodJson.Default.ImageDetail).Id;
        }

        // Podman gives this prefix to images that were built on this machine; no registry has them.
        return image.StartsWith("localhost/", StringComparison.Ordinal) ? null : await PullAsync(image, ct);
    }

    public async Task<bool> HoldsAsync(string image, CancellationToken ct) => (await LookAsync(image, ct)).Succeeded;

    private Task<LibpodReply> LookAsync(string image, CancellationToken ct) =>
        podman.GetAsync($"images/{Uri.EscapeDataString(image)}/json", ct);

    private async Task<string?> PullAsync(string image, CancellationToken ct)
    {
        var reply = await podman.PostAsync($"images/pull?quiet=true&reference={Uri.EscapeDataString(image)}", ct, PullLimit);
        if (!reply.Succeeded)
        {
            return null;
        }

        var last = Encoding.UTF8.GetString(reply.Body.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize(line, LibpodJson.Default.PullLine)).LastOrDefault();
        return last is { Error: null or "", Id: { Length: > 0 } id } ? id : null;
    }
}
