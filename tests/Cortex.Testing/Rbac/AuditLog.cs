using System.Net;
using System.Text.Json;

namespace Cortex.Testing.Rbac;

/// <summary>
/// Reads the API server's audit log (https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/): one JSON object a line, at any level
/// of detail. Requests that are about no resource, such as discovery, are left out unless they were denied.
/// </summary>
public static class AuditLog
{
    private const string Decision = "authorization.k8s.io/decision";

    /// <summary>Different requests of one user, each once, in the order in which they were first answered.</summary>
    /// <param name="user">Such as <see cref="ServiceAccount"/> gives.</param>
    /// <exception cref="InvalidDataException">A line is no audit event.</exception>
    public static IReadOnlyList<ApiRequest> Read(IEnumerable<string> lines, string user) =>
    [
        .. lines.Select((line, at) => (Line: line, Number: at + 1))
            .Where(entry => entry.Line.Length > 0)
            .SelectMany(entry => Read(entry.Line, entry.Number, user))
            .Distinct(),
    ];

    /// <summary>The name that a pod's service account has for the API server.</summary>
    public static string ServiceAccount(string ns, string name) => $"system:serviceaccount:{ns}:{name}";

    private static IEnumerable<ApiRequest> Read(string line, int number, string user)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var audited = json.RootElement;
            if (audited.GetProperty("kind").GetString() != "Event")
            {
                throw new InvalidDataException($"line {number} of the audit log is no event");
            }

            // A request is logged when it arrives, too; the answer is what counts. A watch that was begun is answered by its start.
            return audited.GetProperty("stage").GetString() is "ResponseComplete" or "ResponseStarted"
                && audited.GetProperty("user").GetProperty("username").GetString() == user
                ? [.. Requests(audited, user)]
                : [];
        }
        catch (Exception cause) when (cause is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"line {number} of the audit log is no event: {cause.Message}", cause);
        }
    }

    private static IEnumerable<ApiRequest> Requests(JsonElement audited, string user)
    {
        var (verb, denied) = (audited.GetProperty("verb").GetString()!, IsDenied(audited, user));
        if (!audited.TryGetProperty("objectRef", out var about))
        {
            var path = audited.GetProperty("requestURI").GetString()!.Split('?')[0];
            return denied ? [new ApiRequest(new Permission("", path, verb), null, null, denied)] : [];
        }

        var resource = Text(about, "subresource") is { } sub ? $"{Text(about, "resource")}/{sub}" : Text(about, "resource")!;
        var (@group, ns) = (Text(about, "apiGroup") ?? "", Text(about, "namespace"));
        // The name of what is created is in the reference or not, by the level of detail; the authorizer never sees it.
        var name = verb is "create" && !resource.Contains('/', StringComparison.Ordinal) ? null : Text(about, "name");
        var request = new ApiRequest(new Permission(@group, resource, verb), ns, name, denied);
        // An apply that makes its object takes the right to create as well, and is logged as a patch.
        return verb is "patch" && Code(audited) == HttpStatusCode.Created
            ? [request, new(new(@group, resource, "create"), ns, null, denied)]
            : [request];
    }

    /// <summary>
    /// Whether a right was missing. Admission answers 403 as well; what says so is the decision, or the words that the authorizer has for a
    /// second look.
    /// </summary>
    private static bool IsDenied(JsonElement audited, string user) =>
        (audited.TryGetProperty("annotations", out var notes) && Text(notes, Decision) is { } decision
            ? decision == "forbid"
            : Code(audited) == HttpStatusCode.Forbidden)
        || (Code(audited) == HttpStatusCode.Forbidden
            && Text(audited.GetProperty("responseStatus"), "message") is { } message
            && message.Contains($"User \"{user}\" cannot ", StringComparison.Ordinal));

    private static HttpStatusCode? Code(JsonElement audited) =>
        audited.TryGetProperty("responseStatus", out var status) && status.TryGetProperty("code", out var code)
            ? (HttpStatusCode)code.GetInt32()
            : null;

    private static string? Text(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.GetString() is { Length: > 0 } text ? text : null;
}
