using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Cortex.EndToEnd.Harness;

/// <summary>The signature of a request, as the client must have computed it.</summary>
internal static class S3Signature
{
    public static bool IsValid(HttpRequest request, byte[] body, string accessKey, string secretKey, string region)
    {
        var parts = request.Headers.Authorization.ToString().Replace("AWS4-HMAC-SHA256 ", "", StringComparison.Ordinal)
            .Split(',').Select(part => part.Trim().Split('=', 2)).Where(part => part.Length == 2)
            .ToDictionary(part => part[0], part => part[1]);
        var (credential, signed) = (parts.GetValueOrDefault("Credential", "").Split('/'), parts.GetValueOrDefault("SignedHeaders", ""));
        if (credential is not [var key, var day, var place, "s3", "aws4_request"] || key != accessKey || place != region
            || request.Headers["x-amz-content-sha256"] != Hash(body))
        {
            return false;
        }

        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?', 2);
        var query = string.Join('&', (target.Length > 1 ? target[1] : "").Split('&').Order(StringComparer.Ordinal));
        var headers = string.Concat(signed.Split(';').Select(name => $"{name}:{request.Headers[name].ToString().Trim()}\n"));
        var canonical = $"{request.Method}\n{target[0]}\n{query}\n{headers}\n{signed}\n{Hash(body)}";
        var scope = $"{day}/{region}/s3/aws4_request";
        var text = $"AWS4-HMAC-SHA256\n{request.Headers["x-amz-date"]}\n{scope}\n{Hash(Encoding.UTF8.GetBytes(canonical))}";
        var derived = new[] { day, region, "s3", "aws4_request" }.Aggregate(
            Encoding.UTF8.GetBytes($"AWS4{secretKey}"), (last, part) => HMACSHA256.HashData(last, Encoding.UTF8.GetBytes(part)));
        return parts.GetValueOrDefault("Signature") == Convert.ToHexStringLower(HMACSHA256.HashData(derived, Encoding.UTF8.GetBytes(text)));
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
