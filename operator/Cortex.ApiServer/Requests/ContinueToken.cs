using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Storage;

namespace Cortex.ApiServer.Requests;

/// <summary>The position of a paged listing, and its revision, so that all pages show the same state.</summary>
internal sealed record ContinueToken(long Revision, ObjectKey After)
{
    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        new JsonObject { ["v"] = "meta.k8s.io/v1", ["rv"] = Revision, ["ns"] = After.Namespace, ["start"] = After.Name }.ToJsonString()));

    /// <exception cref="ApiException">400 for a token that this server has not issued.</exception>
    public static ContinueToken Parse(string text, string resource)
    {
        try
        {
            var token = JsonNode.Parse(Base64Url.DecodeFromChars(text))!.AsObject();
            return new(token.Number("rv")!.Value, new(resource, token.Text("ns")!, token.Text("start")!));
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException)
        {
            throw Refusals.BadRequest("continue key is not valid: take it unchanged from the previous page");
        }
    }
}
