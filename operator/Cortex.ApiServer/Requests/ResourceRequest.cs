using System.Globalization;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Resources;
using Cortex.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace Cortex.ApiServer.Requests;

/// <summary>A request for a resource: its path and the query parameters that Kubernetes defines, parsed and validated.</summary>
internal sealed class ResourceRequest(HttpContext http, ResourcePath path)
{
    private const int MaxWarningLength = 256;
    private const int WarningsInAll = 4096;

    // Some clients, such as Python's http.client, accept at most 100 headers in an answer.
    private const int MaxWarnings = 25;
    private static readonly string[] OfLists =
    [
        "meta.k8s.io/v1/Table", "meta.k8s.io/v1beta1/Table", "meta.k8s.io/v1/PartialObjectMetadataList",
        "meta.k8s.io/v1beta1/PartialObjectMetadataList",
    ];
    private static readonly string[] OfObjects =
    [
        "meta.k8s.io/v1/Table", "meta.k8s.io/v1beta1/Table", "meta.k8s.io/v1/PartialObjectMetadata",
        "meta.k8s.io/v1beta1/PartialObjectMetadata",
    ];
    private readonly HashSet<string> warnings = [];
    private int warned;
    private bool hasWarnedEnough;
    private MediaType? accept;

    public HttpContext Http => http;

    public ResourcePath Path => path;

    public ApiResource Resource => path.Resource;

    public ObjectKey Key => new(Resource.StorageName, path.Namespace, path.Name);

    public CancellationToken Aborted => http.RequestAborted;

    public bool IsWatch => Flag("watch");

    public bool AllowsBookmarks => Flag("allowWatchBookmarks");

    public bool WantsInitialEvents => Query("sendInitialEvents") is not null;

    public MediaType Accept => accept ??= MediaType.Negotiate(http.Request.Headers.Accept, AnswersList ? OfLists : OfObjects);

    /// <summary>The part of the object in a table row: Metadata, Object or None.</summary>
    public string IncludeObject => Query("includeObject") switch
    {
        null or "Metadata" => "Metadata",
        "Object" or "None" => Query("includeObject")!,
        var text =>
            throw Refusals.BadRequest(
                "Unable to convert to Table as requested: "
                    + $"{FieldError.Invalid("includeObject", text, "must be 'Metadata', 'Object', 'None', or empty")}"),
    };

    public Selector Selector => Selector.Parse(Resource, Query("labelSelector"), Query("fieldSelector"));

    public int? Limit => Number("limit") is > 0 and var limit ? (int)Math.Min(limit, int.MaxValue - 1) : null;

    public TimeSpan? Timeout => Number("timeoutSeconds") is > 0 and var seconds ? TimeSpan.FromSeconds(Math.Min(seconds, 86400)) : null;

    public ContinueToken? Continue => Query("continue") is { } token ? ContinueToken.Parse(token, Resource.StorageName) : null;

    public bool IsContinued => Query("continue") is not null;

    public string? ResourceVersionMatch => Query("resourceVersionMatch");

    public bool HasResourceVersion => Query("resourceVersion") is not null;

    /// <summary>Null when absent. 0 means "any".</summary>
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
        var other => throw Refusals.InvalidParameter(Http.Request.Method, FieldError.NotSupported("dryRun", new JsonArray(other), ["All"])),
    };

    public FieldValidation FieldValidation => Query("fieldValidation") switch
    {
        null => FieldValidation.Warn,
        var text when Enum.TryParse<FieldValidation>(text, out var mode) && Enum.IsDefined(mode) => mode,
        var text =>
            throw Refusals.InvalidParameter(
                Http.Request.Method, FieldError.NotSupported("fieldValidation", text, ["", "Ignore", "Strict", "Warn"])),
    };

    /// <summary>The options of a DELETE without a body.</summary>
    public JsonObject DeletionQuery
    {
        get
        {
            var options = new JsonObject();
            options.Put("propagationPolicy", Query("propagationPolicy"));
            options.Put("gracePeriodSeconds", Number("gracePeriodSeconds"));
            if (Query("orphanDependents") is not null)
            {
                options["orphanDependents"] = Flag("orphanDependents");
            }

            return options;
        }
    }

    /// <summary>
    /// Checked before any write: if the answer were refused afterwards, the client would not learn that the write happened.
    /// </summary>
    /// <exception cref="ApiException">406 when the client accepts no supported media type, 400 for an unknown form.</exception>
    public void CheckAnswer() => _ = Accept.IsTable ? IncludeObject : "";

    /// <summary>
    /// Sends a warning to the client without a refusal, each text once, within the size limits of a header.
    /// https://kubernetes.io/blog/2020/09/03/warnings/
    /// </summary>
    public void Warn(string text)
    {
        if (hasWarnedEnough)
        {
            return;
        }

        var printable = string.Concat(text.Where(letter => !char.IsControl(letter)).Take(MaxWarningLength));
        if (!warnings.Add(printable))
        {
            return;
        }

        warned += printable.Length;
        hasWarnedEnough = warnings.Count > MaxWarnings || warned > WarningsInAll;
        Send(hasWarnedEnough ? "there are more warnings, which are left out; correct these first" : printable);
    }

    private void Send(string printable)
    {
        var quoted = printable.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        http.Response.Headers.Append("Warning", $"299 - \"{quoted}\"");
    }

    private bool AnswersList => path.IsCollection && !IsWatch && !HttpMethods.IsPost(http.Request.Method);

    // Kubernetes reads a boolean parameter as true when it is present and its value is not a form of false.
    private bool Flag(string name) => http.Request.Query.TryGetValue(name, out var values)
        && values is [var value, ..] && value != "0" && !string.Equals(value, "false", StringComparison.OrdinalIgnoreCase);

    private string? Query(string name) => http.Request.Query[name] is [{ Length: > 0 } value, ..] ? value : null;

    private long? Number(string name) => Query(name) switch
    {
        null => null,
        var text when long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) => number,
        var text => throw Refusals.BadRequest($"strconv.ParseInt: parsing \"{text}\": invalid syntax"),
    };
}
