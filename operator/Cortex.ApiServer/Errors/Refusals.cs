using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Errors;

/// <summary>
/// Every error of the server, in kube-apiserver's words (k8s.io/apimachinery/pkg/api/errors), because clients match on them.
/// </summary>
internal static class Refusals
{
    // A request can have 100,000 errors. Without these limits the answer would be many times larger than the request.
    private const int MaxErrors = 25;
    private const int MaxTextLength = 4096;

    public static ApiException Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static ApiException UnknownPath() => new(404, "NotFound", "the server could not find the requested resource", []);

    public static ApiException NotFound(INamedResource resource, string name) =>
        new(404, "NotFound", $"{resource.QualifiedPlural} \"{name}\" not found", About(resource, name));

    public static ApiException AlreadyExists(INamedResource resource, string name) =>
        new(409, "AlreadyExists", $"{resource.QualifiedPlural} \"{name}\" already exists", About(resource, name));

    public static ApiException Modified(INamedResource resource, string name) => Conflict(resource, name,
        "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiException Precondition(INamedResource resource, string name, string what, string wanted, string actual) =>
        Conflict(resource, name,
        $"Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {actual}");

    /// <summary>A violated precondition of a DELETE. It names the kind, other refusals name the resource.</summary>
    public static ApiException DeletionConflict(INamedResource resource, string name, string why)
    {
        var details = About(resource, name);
        details["kind"] = resource.Kind;
        return new(409, "Conflict", $"Operation cannot be fulfilled on {resource.QualifiedKind} \"{name}\": {why}", details);
    }

    public static ApiException Forbidden(INamedResource resource, string name, string why) =>
        new(403, "Forbidden", $"{resource.QualifiedPlural} \"{name}\" is forbidden: {why}", About(resource, name));

    public static ApiException BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiException UnknownFields(INamedResource resource, IReadOnlyList<string> fields)
    {
        var reported = fields.Take(MaxErrors).Select(field => $"unknown field \"{Shorten(field)}\"");
        var more = fields.Count > MaxErrors ? $", and {fields.Count - MaxErrors} more unknown fields" : "";
        return BadRequest(
            $"{resource.Kind} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}: strict decoding error: "
                + $"{string.Join(", ", reported)}{more}");
    }

    public static ApiException Expired(string message) => new(410, "Expired", message);

    public static ApiException MethodNotAllowed() =>
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");

    public static ApiException NotAcceptable() =>
        new(406, "NotAcceptable", "only the following media types are accepted: application/json");

    public static ApiException UnsupportedMediaType(params string[] accepted) => new(415, "UnsupportedMediaType",
        $"the body of the request was in an unknown format - accepted media types include: {string.Join(", ", accepted)}");

    public static ApiException TooLarge(string why) =>
        new(413, "RequestEntityTooLarge", $"Request entity too large: {why}");

    public static ApiException TooSlow() =>
        new(408, "Timeout", "Timeout: the body of the request did not arrive in time");

    /// <summary>Clients that know the resource version of another store read the causes and start again.</summary>
    public static ApiException TooLargeResourceVersion(long asked, long current) =>
        new(504, "Timeout", $"Timeout: Too large resource version: {asked}, current: {current}", new()
    {
        ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }),
        ["retryAfterSeconds"] = 1,
    });

    public static ApiException NotStored(string why) =>
        new(500, "InternalError", $"Internal error occurred: {why}");

    public static ApiException Invalid(INamedResource resource, string name, params IReadOnlyList<FieldError> errors)
    {
        var details = About(resource, name);
        details["kind"] = resource.Kind;
        return Invalid($"{resource.QualifiedKind} \"{name}\"", details, errors);
    }

    /// <summary>Invalid options of a request, such as DeleteOptions.</summary>
    public static ApiException InvalidOptions(string kind, IReadOnlyList<FieldError> errors) =>
        Invalid($"{kind}.meta.k8s.io \"\"", new() { ["group"] = "meta.k8s.io", ["kind"] = kind }, errors);

    private static ApiException Invalid(string what, JsonObject details, IReadOnlyList<FieldError> errors)
    {
        var reported = errors
            .Take(MaxErrors)
            .Select(error => error with { Field = Shorten(error.Field), Message = Shorten(error.Message) })
            .ToList();
        if (errors.Count > MaxErrors)
        {
            reported.Add(FieldError.More(errors.Count - MaxErrors));
        }

        details["causes"] = new JsonArray([.. reported.Select(error => error.ToCause())]);
        var list = reported.Count == 1 ? reported[0].ToString() : $"[{string.Join(", ", reported)}]";
        return new(422, "Invalid", $"{what} is invalid: {list}", details);
    }

    private static string Shorten(string text) => FieldError.Shorten(text, MaxTextLength);

    private static ApiException Conflict(INamedResource resource, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {resource.QualifiedPlural} \"{name}\": {why}", About(resource, name));

    /// <summary>An invalid query parameter. <paramref name="method"/> selects the name of the options.</summary>
    public static ApiException InvalidParameter(string method, FieldError error) =>
        InvalidOptions(
            method switch { "POST" => "CreateOptions", "PUT" => "UpdateOptions", "PATCH" => "PatchOptions", _ => "DeleteOptions" },
            [error]);

    /// <summary>A replacement without the version that it replaces.</summary>
    public static ApiException NoResourceVersion(INamedResource resource, string name) =>
        Invalid(
            $"{resource.QualifiedPlural} \"{name}\"",
            About(resource, name),
            [FieldError.Invalid("metadata.resourceVersion", 0, "must be specified for an update")]);

    private static JsonObject About(INamedResource resource, string name)
    {
        var details = new JsonObject();
        if (name.Length > 0)
        {
            details["name"] = name;
        }

        if (resource.Group.Length > 0)
        {
            details["group"] = resource.Group;
        }

        details["kind"] = resource.Plural;
        return details;
    }
}
