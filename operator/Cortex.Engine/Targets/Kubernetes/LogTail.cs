using System.Globalization;
using System.Net;
using Cortex.Runtime;
using k8s;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>The end of a container's log.</summary>
internal static class LogTail
{
    /// <summary>A node keeps 10 MiB of the log of a container; more than this is not read.</summary>
    private const int ReadLimit = 16 * 1024 * 1024;

    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(15);

    /// <returns>Empty when there is no such pod, or its container has not started.</returns>
    public static async Task<string> ReadAsync(
        ApiConnection api, ObjectKey pod, string container, int limit, int? lines, CancellationToken ct)
    {
        var path = ResourceKind.Of<k8s.Models.V1Pod>().ObjectPath(pod, "log") + $"?container={container}"
            + (lines is { } some ? string.Create(CultureInfo.InvariantCulture, $"&tailLines={some}") : "");
        using var timed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timed.CancelAfter(ReadTimeout);
        var tail = new Tail(limit);
        try
        {
            using var answer = await api.OpenAsync(HttpMethod.Get, path, null, "", timed.Token);
            await using var stream = await answer.Content.ReadAsStreamAsync(timed.Token);
            var buffer = new byte[16 * 1024];
            for (var left = ReadLimit; left > 0 && await stream.ReadAsync(buffer, timed.Token) is > 0 and var count; left -= count)
            {
                tail.Add(buffer.AsSpan(0, count));
            }

            return tail.ToString();
        }
        catch (OperationCanceledException late) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"the log of {pod} did not come within {ReadTimeout.TotalSeconds:0} s", late);
        }
        catch (KubernetesException refusal) when (refusal.Is(HttpStatusCode.NotFound) || refusal.Is(HttpStatusCode.BadRequest))
        {
            return "";
        }
    }
}
