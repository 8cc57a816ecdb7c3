using Cortex.ApiServer.Errors;
using Microsoft.Net.Http.Headers;

namespace Cortex.ApiServer.Requests;

/// <summary>The requested form of the answer: <paramref name="As"/> is Table, PartialObjectMetadata … or empty for plain objects.</summary>
internal sealed record MediaType(string As, string Group, string Version)
{
    public static readonly MediaType Plain = new("", "", "");

    public bool IsTable => As == "Table";

    public bool IsMetadata => As is "PartialObjectMetadata" or "PartialObjectMetadataList";

    /// <summary>
    /// The first of the client's media types that is supported.
    /// https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources
    /// </summary>
    /// <exception cref="ApiException">406 when the client accepts no supported type. Only JSON is supported.</exception>
    public static MediaType Negotiate(string? accept, params string[] shapes)
    {
        if (string.IsNullOrWhiteSpace(accept))
        {
            return Plain;
        }

        if (!MediaTypeHeaderValue.TryParseList([accept], out var accepted))
        {
            throw Refusals.NotAcceptable();
        }

        foreach (var range in accepted.Where(
            candidate => candidate.MediaType.Value?.ToLowerInvariant() is "application/json" or "application/*" or "*/*"))
        {
            var type = new MediaType(Parameter(range, "as"), Parameter(range, "g"), Parameter(range, "v"));
            if (type.As.Length == 0 || shapes.Contains($"{type.Group}/{type.Version}/{type.As}"))
            {
                return type;
            }
        }

        throw Refusals.NotAcceptable();
    }

    private static string Parameter(MediaTypeHeaderValue range, string name) =>
        range.Parameters.FirstOrDefault(parameter => parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value.Value ?? "";
}
