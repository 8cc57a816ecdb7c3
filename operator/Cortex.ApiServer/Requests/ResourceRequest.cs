using System.Globalization;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Resources;
using Cortex.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace Cortex.ApiServer.Requests;

/// <summary>One request for a resource: its path and the query parameters that Kubernetes defines, read and checked.</summary>
internal sealed class ResourceRequest(HttpContext http, ResourcePath path)
{
    private const string Table = "meta.k8s.io/v1/Table";
    private const string OldTable = "meta.k8s.io/v1beta1/Table";

    public HttpContext Http => http;

    public ResourcePath Path => path;

    public ApiResource Resource => path.Resource;

    public ObjectKey Key => new(Resource.StorageName, path.Namespace, path.Name);

    public CancellationToken Aborted => http.RequestAborted;

    public bool IsWatch => Query("watch") is "true" or "1";

    public bool AllowsBookmarks => Query("allowWatchBookmarks") is "true" or "1";

    public bool WantsInitialEvents => Query("sendInitialEvents") is not null;

    public MediaType Accept => MediaType.Negotiate(http.Request.Headers.Accept, Table, OldTable);

    public Selector Selector => Selector.Parse(Resource, Query("labelSelector"), Query("fieldSelector"));

    public int? Limit => Number("limit") is > 0 and var limit ? (int)Math.Min(limit, int.MaxValue - 1) : null;

    public TimeSpan? Timeout => Number("timeoutSeconds") is > 0 and var seconds ? TimeSpan.FromSeconds(Math.Min(seconds, 86400)) : null;

    public ContinueToken? Continue => Query("continue") is { } token ? ContinueToken.Parse(token, Resource.StorageName) : null;

    public bool IsExact => Query("resourceVersionMatch") == "Exact";

    /// <summary>Null when not given. 0 means "any".</summary>
    public long? ResourceVersion => Query("resourceVersion") switch
    {
        null => null,
        var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) => version,
        var text => throw Refusals.BadRequest($"Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax"),
    };

    public bool IsDryRun => Query("dryRun") switch
    {
        null => false,
        "All" => true,
        var other => throw Refusals.Invalid(Resource, path.Name, FieldError.NotSupported("dryRun", other, ["All"])),
    };

    public FieldValidation FieldValidation => Query("fieldValidation") switch
    {
        null => FieldValidation.Warn,
        var text when Enum.TryParse<FieldValidation>(text, out var mode) && Enum.IsDefined(mode) => mode,
        var text => throw Refusals.Invalid(Resource, path.Name, FieldError.NotSupported("fieldValidation", text, ["", "Ignore", "Strict", "Warn"])),
    };

    /// <summary>Tells the client something without refusing. https://kubernetes.io/blog/2020/09/03/warnings/</summary>
    public void Warn(string text) =>
        http.Response.Headers.Append("Warning", $"299 - \"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");

    private string? Query(string name) => http.Request.Query[name] is [{ Length: > 0 } value, ..] ? value : null;

    private long? Number(string name) => Query(name) switch
    {
        null => null,
        var text when long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) => number,
        var text => throw Refusals.BadRequest($"strconv.ParseInt: parsing \"{text}\": invalid syntax"),
    };
}
