namespace Cortex.Engine.Targets.Podman;

/// <summary>The logs of long-lived containers.</summary>
internal static class PodmanLogs
{
    private const int UsualLines = 50;
    private const int UsualLimit = 16 * 1024;

    /// <summary>The most bytes that are read, because lines may have any length.</summary>
    private const int ReadLimit = 4 * 1024 * 1024;

    /// <summary>The end of the log; empty when there is no such container.</summary>
    /// <param name="limit">In bytes.</param>
    public static async Task<string> TailAsync(
        LibpodClient podman, string container, CancellationToken ct, int lines = UsualLines, int limit = UsualLimit)
    {
        var reply = await podman.GetAsync($"containers/{container}/logs?stdout=true&stderr=true&tail={lines}", ct, ReadLimit);
        if (reply.Missing)
        {
            return "";
        }

        var tail = new JoinedStreams(limit);
        using var frames = new MemoryStream(reply.OrThrow($"read the log of {container}").Body.ToArray());
        await Attachment.ReadAsync(frames, (stream, bytes) => tail.Add(stream, bytes.Span), ct);
        return tail.End();
    }
}
