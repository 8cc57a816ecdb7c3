using k8s;

namespace Cortex.Operator.Commands;

/// <summary>A refusal in the API's own words, without the request that our client puts before them.</summary>
internal static class ApiWords
{
    public static string Of(KubernetesException refusal)
    {
        var message = refusal.Status?.Message ?? refusal.Message;
        var end = message.IndexOf(": ", StringComparison.Ordinal);
        var request = end > 0 ? message[..end].Split(' ') : [];
        return request is [_, var path] && path.Contains('/', StringComparison.Ordinal) ? message[(end + 2)..] : message;
    }
}
