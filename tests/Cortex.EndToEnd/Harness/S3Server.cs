using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cortex.EndToEnd.Harness;

/// <summary>
/// One bucket of S3, in memory: what pgBackRest asks for, and faults on order. It checks the signature of every request
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
/// </summary>
public sealed class S3Server : IAsyncDisposable
{
    public const string Bucket = "backups";
    public const string Region = "test-region";
    public const string AccessKey = "test-access-key";

    private const int PageSize = 1000;

    private static readonly XNamespace Space = "http://s3.amazonaws.com/doc/2006-03-01/";

    private readonly ConcurrentDictionary<string, (byte[] Content, DateTimeOffset At)> objects = new();
    private readonly ConcurrentDictionary<string, SortedDictionary<int, byte[]>> uploads = new();
    private readonly WebApplication server;

    private int refused;

    private S3Server(IPAddress address, X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(address, 0, listen => listen.UseHttps(certificate));
        });
        server = builder.Build();
        server.Run(AnswerAsync);
    }

    public string SecretKey { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));

    public string Endpoint => new Uri(server.Urls.Single()).Authority;

    /// <summary>The status code that every request gets; null: its answer.</summary>
    public int? Fault { get; set; }

    /// <summary>Requests are received and never answered.</summary>
    public bool Hangs { get; set; }

    /// <summary>Which objects lose half of their content on the way, in both directions; null: no object does.</summary>
    public Func<string, bool>? Halves { get; set; }

    /// <summary>How many requests a fault has met.</summary>
    public int Refused => refused;

    public IReadOnlyDictionary<string, byte[]> Objects => objects.ToDictionary(entry => entry.Key, entry => entry.Value.Content);

    /// <param name="address">Of this machine, where containers reach it.</param>
    public static async Task<S3Server> StartAsync(IPAddress address, X509Certificate2 certificate)
    {
        var started = new S3Server(address, certificate);
        await started.server.StartAsync(TestContext.Current.CancellationToken);
        return started;
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        var key = request.Path.Value!.TrimStart('/');
        if (await IsLostAsync(context, key))
        {
            return;
        }

        using var received = new MemoryStream();
        await request.Body.CopyToAsync(received);
        var body = received.ToArray();
        if (Fault is { } code || (code = S3Signature.IsValid(request, body, AccessKey, SecretKey, Region) ? 0 : 403) != 0)
        {
            Interlocked.Increment(ref refused);
            await ErrorAsync(context, code, code == 403 ? "SignatureDoesNotMatch" : "ServiceUnavailable");
            return;
        }

        if (key.Split('/')[0] != Bucket)
        {
            await ErrorAsync(context, 404, "NoSuchBucket");
            return;
        }

        key = key[Bucket.Length..].TrimStart('/');
        var query = request.Query;
        await (request.Method switch
        {
            "GET" when query.ContainsKey("list-type") =>
                ListAsync(context, query["prefix"].ToString(), query["delimiter"], query["continuation-token"]),
            "GET" or "HEAD" => GetAsync(context, key),
            "PUT" when query.ContainsKey("uploadId") => PartAsync(context, query["uploadId"]!, query["partNumber"]!, body),
            "PUT" => PutAsync(context, key, body),
            "DELETE" => RemoveAsync(context, key),
            "POST" when query.ContainsKey("uploads") => BeginAsync(context, key),
            "POST" when query.ContainsKey("uploadId") => CompleteAsync(context, key, query["uploadId"]!),
            "POST" when query.ContainsKey("delete") => DeleteAsync(context, body),
            _ => ErrorAsync(context, 501, "NotImplemented"),
        });
    }

    /// <summary>Whether the request, which hangs or sends half of an object, has ended without an answer.</summary>
    private async Task<bool> IsLostAsync(HttpContext context, string key)
    {
        var half = context.Request.Method == "PUT" && Halves?.Invoke(key) == true;
        if (!Hangs && !half)
        {
            return false;
        }

        Interlocked.Increment(ref refused);
        if (half)
        {
            var some = new byte[Math.Max(1, (int)(context.Request.ContentLength ?? 0) / 2)];
            await context.Request.Body.ReadAtLeastAsync(some, some.Length, throwOnEndOfStream: false);
        }

        while (Hangs && !context.RequestAborted.IsCancellationRequested)
        {
            await Task.Delay(20);
        }

        context.Abort();
        return true;
    }

    private async Task GetAsync(HttpContext context, string key)
    {
        if (!objects.TryGetValue(key, out var found))
        {
            await ErrorAsync(context, 404, "NoSuchKey");
            return;
        }

        var (content, response) = (found.Content, context.Response);
        response.Headers.LastModified = found.At.ToString("R", CultureInfo.InvariantCulture);
        if (context.Request.GetTypedHeaders().Range?.Ranges.Single() is { From: { } from } range)
        {
            var end = Math.Min(range.To ?? long.MaxValue, content.Length - 1);
            response.StatusCode = StatusCodes.Status206PartialContent;
            content = content[(int)from..(int)(end + 1)];
        }

        response.ContentLength = content.Length;
        if (context.Request.Method == "GET" && Halves?.Invoke(key) == true)
        {
            Interlocked.Increment(ref refused);
            await response.Body.WriteAsync(content.AsMemory(0, content.Length / 2));
            await response.Body.FlushAsync();
            context.Abort();
        }
        else if (context.Request.Method == "GET")
        {
            await response.Body.WriteAsync(content);
        }
    }

    private Task PutAsync(HttpContext context, string key, byte[] body)
    {
        objects[key] = (body, DateTimeOffset.UtcNow);
        context.Response.Headers.ETag = Tag(body);
        return Task.CompletedTask;
    }

    private Task BeginAsync(HttpContext context, string key)
    {
        var id = Guid.NewGuid().ToString("N");
        uploads[id] = [];
        return XmlAsync(context, new("InitiateMultipartUploadResult", Of("Bucket", Bucket), Of("Key", key), Of("UploadId", id)));
    }

    private Task PartAsync(HttpContext context, string id, string number, byte[] body)
    {
        lock (uploads[id])
        {
            uploads[id][int.Parse(number, CultureInfo.InvariantCulture)] = body;
        }

        context.Response.Headers.ETag = Tag(body);
        return Task.CompletedTask;
    }

    private Task CompleteAsync(HttpContext context, string key, string id)
    {
        uploads.TryRemove(id, out var parts);
        objects[key] = ([.. parts!.Values.SelectMany(part => part)], DateTimeOffset.UtcNow);
        return XmlAsync(context, new("CompleteMultipartUploadResult", Of("Key", key), Of("ETag", "\"complete\"")));
    }

    private Task RemoveAsync(HttpContext context, string key)
    {
        objects.TryRemove(key, out _);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private Task DeleteAsync(HttpContext context, byte[] body)
    {
        foreach (var key in XDocument.Parse(Encoding.UTF8.GetString(body)).Descendants().Where(node => node.Name.LocalName == "Key"))
        {
            objects.TryRemove(key.Value, out _);
        }

        return XmlAsync(context, new("DeleteResult"));
    }

    private Task ListAsync(HttpContext context, string prefix, string? delimiter, string? after)
    {
        var names = objects.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(key => delimiter is { Length: > 0 } end && key.IndexOf(end, prefix.Length, StringComparison.Ordinal) is >= 0 and var at
                ? key[..(at + end.Length)] : key)
            .Distinct().Order(StringComparer.Ordinal).Where(name => string.CompareOrdinal(name, after ?? "") > 0).ToList();
        var page = names.Take(PageSize).ToList();
        var answer = new XElement("ListBucketResult", Of("Name", Bucket), Of("Prefix", prefix), Of("IsTruncated", names.Count > page.Count
            ? "true" : "false"));
        if (names.Count > page.Count)
        {
            answer.Add(Of("NextContinuationToken", page[^1]));
        }

        answer.Add(page.Select(name => objects.TryGetValue(name, out var found)
            ? new XElement(
                "Contents",
                Of("Key", name),
                Of("LastModified", found.At.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)),
                Of("Size", found.Content.Length.ToString(CultureInfo.InvariantCulture)))
            : new XElement("CommonPrefixes", Of("Prefix", name))));
        return XmlAsync(context, answer);
    }

    private static Task ErrorAsync(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        return XmlAsync(context, new("Error", Of("Code", code), Of("Message", code)));
    }

    private static async Task XmlAsync(HttpContext context, XElement answer)
    {
        foreach (var node in answer.DescendantsAndSelf())
        {
            node.Name = Space + node.Name.LocalName;
        }

        var bytes = Encoding.UTF8.GetBytes($"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{answer.ToString(SaveOptions.DisableFormatting)}");
        context.Response.ContentType = "application/xml";
        context.Response.ContentLength = bytes.Length;
        if (context.Request.Method != "HEAD")
        {
            await context.Response.Body.WriteAsync(bytes);
        }
    }

    private static XElement Of(string name, string value) => new(name, value);

    private static string Tag(byte[] body) => $"\"{Convert.ToHexStringLower(SHA256.HashData(body))[..32]}\"";
}
