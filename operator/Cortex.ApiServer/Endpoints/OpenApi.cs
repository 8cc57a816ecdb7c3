using System.Text.Json;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.OpenApi;
using Cortex.ApiServer.Requests;
using Microsoft.AspNetCore.Http;

namespace Cortex.ApiServer.Endpoints;

/// <summary>/openapi/v2 in JSON or protobuf, /openapi/v3 in JSON.</summary>
internal sealed class OpenApi(OpenApiDocuments documents)
{
    private const string ProtobufMark = "proto-openapi.spec.v2@v1.0+protobuf";

    // Clients request this type with an @, which is not a legal character of a media type. kube-apiserver answers with a dot.
    private const string Protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    public Task ServeAsync(HttpContext http, string path, CancellationToken ct)
    {
        var accept = http.Request.Headers.Accept.ToString();
        if (path == "/openapi/v2" && accept.Contains(ProtobufMark, StringComparison.Ordinal))
        {
            return RequestBody.AnswerAsync(http, 200, Protobuf, GnosticEncoder.Encode(documents.Version2()), ct);
        }

        var document = path switch
        {
            "/openapi/v2" => documents.Version2(),
            "/openapi/v3" => documents.Version3Index(),
            _ => documents.Version3(path["/openapi/v3".Length..]),
        };
        var body = document ?? throw Refusals.UnknownPath();
        return RequestBody.AnswerAsync(http, 200, "application/json", JsonSerializer.SerializeToUtf8Bytes(body, Json.Compact), ct);
    }
}
