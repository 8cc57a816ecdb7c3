using System.Globalization;
using System.Net;
using Cortex.Runtime;
using k8s;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>The end of what a container wrote.</summary>
internal static class LogTail
{
    /// <returns>Empty when there is no such pod, or its container has not started.</returns>
    public static async Task<string> ReadAsync(ApiConnection api, ObjectKey pod, string container, int limit, int? lines, CancellationToken ct)
    {
        var path = ResourceKind.Of<k8s.Models.V1Pod>().ObjectPath(pod, "log") + $"?container={container}"
            + (lines is { } some ? string.Create(CultureInfo.InvariantCulture, $"&tailLines={some}") : "");
        try
        {
            using var answer = await api.OpenAsync(HttpMethod.Get, path, null, "", ct);
            await using var stream = await answer.Content.ReadAsStreamAsync(ct);
            var tail = new Tail(limit);
            var buffer = new byte[16 * 1024];
            while (await stream.ReadAsync(buffer, ct) is > 0 and var count)
            {
                tail.Add(buffer.AsSpan(0, count));
            }

            return tail.ToString();
        }
        catch (KubernetesException refusal) when (refusal.Is(HttpStatusCode.NotFound) || refusal.Is(HttpStatusCode.BadRequest))
        {
            return "";
        }
    }
}
