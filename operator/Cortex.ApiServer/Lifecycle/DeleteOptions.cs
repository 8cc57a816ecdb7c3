using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Resources;

namespace Cortex.ApiServer.Lifecycle;

/// <summary>
/// The options of a DELETE. Grace periods and propagation policies are validated and have no effect, because this server runs no processes
/// and tracks no dependents.
/// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/
/// </summary>
internal sealed record DeleteOptions(string? Uid, string? ResourceVersion, bool IsDryRun)
{
    private const string Kind = "DeleteOptions";
    private static readonly string[] Versions = ["v1", "meta.k8s.io/v1"];
    private static readonly string[] Policies = ["Foreground", "Background", "Orphan"];

    /// <param name="resource">The resource to delete from.</param>
    /// <param name="body">The options in the body, or those of the query when there was no body.</param>
    /// <param name="isDryRun">Whether the query asks for a dry run.</param>
    /// <exception cref="ApiException">400 for a body that is not DeleteOptions, 422 for invalid options.</exception>
    public static DeleteOptions Read(ApiResource resource, JsonObject body, bool isDryRun)
    {
        CheckType(resource, body);
        if (Member(body, "gracePeriodSeconds", JsonValueKind.Number) is not null && body.Number("gracePeriodSeconds") is null)
        {
            throw InvalidType("gracePeriodSeconds", "int64");
        }

        var dryRun = Member(body, "dryRun", JsonValueKind.Array)?.AsArray() ?? [];
        CheckPolicy(body, dryRun);
        var preconditions = Member(body, "preconditions", JsonValueKind.Object) as JsonObject ?? [];
        return new(
            Member(preconditions, "uid", JsonValueKind.String)?.ToString(),
            Member(preconditions, "resourceVersion", JsonValueKind.String)?.ToString(),
            isDryRun || dryRun.Count > 0);
    }

    /// <exception cref="ApiException">409 when the object violates a precondition.</exception>
    public void Check(ApiResource resource, JsonObject current)
    {
        var uid = current.Metadata().Text("uid") ?? "";
        if (Uid is not null && Uid != uid)
        {
            throw Refusals.DeletionConflict(
                resource,
                current.Name(),
                $"the UID in the precondition ({Uid}) does not match the UID in record ({uid}). The object might have been deleted and "
                    + "then recreated");
        }

        if (ResourceVersion is not null && ResourceVersion != current.ResourceVersion())
        {
            throw Refusals.DeletionConflict(
                resource,
                current.Name(),
                $"the ResourceVersion in the precondition ({ResourceVersion}) does not match the ResourceVersion in record "
                    + $"({current.ResourceVersion()}). The object might have been modified");
        }
    }

    private static void CheckType(ApiResource resource, JsonObject body)
    {
        if (Member(body, "kind", JsonValueKind.String)?.ToString() is { Length: > 0 } kind and not Kind)
        {
            throw Refusals.BadRequest($"no kind \"{kind}\" is registered for the body of a DELETE: it must be a {Kind}");
        }

        // Older clients and typed clients send the group and version of the object.
        if (Member(body, "apiVersion", JsonValueKind.String)?.ToString() is { Length: > 0 } version
            && !Versions.Contains(version)
            && version != resource.ApiVersion)
        {
            throw Refusals.BadRequest(
                $"no kind \"{Kind}\" is registered for version \"{version}\": apiVersion must be {string.Join(", ", Versions)} or "
                    + $"{resource.ApiVersion}");
        }
    }

    private static void CheckPolicy(JsonObject body, JsonArray dryRun)
    {
        var errors = new List<FieldError>();
        var policy = Member(body, "propagationPolicy", JsonValueKind.String);
        var orphans = Member(body, "orphanDependents", JsonValueKind.True, JsonValueKind.False);
        if (policy is not null && orphans is not null)
        {
            errors.Add(FieldError.Invalid("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"));
        }

        if (policy is not null && !Policies.Contains(policy.ToString()))
        {
            errors.Add(FieldError.NotSupported("propagationPolicy", policy, [.. Policies, "nil"]));
        }

        if (dryRun.Any(item => item?.GetValueKind() is not JsonValueKind.String || item.ToString() != "All"))
        {
            errors.Add(FieldError.NotSupported("dryRun", dryRun, ["All"]));
        }

        if (errors.Count > 0)
        {
            throw Refusals.InvalidOptions(Kind, errors);
        }
    }

    private static JsonNode? Member(JsonObject body, string name, params ReadOnlySpan<JsonValueKind> kinds) =>
        body[name] is not { } value || kinds.Contains(value.GetValueKind())
            ? body[name]
            : throw InvalidType(name, string.Join(" or ", kinds.ToArray()));

    private static ApiException InvalidType(string name, string wanted) =>
        Refusals.BadRequest($"{Kind}.{name} must be of type {wanted.ToLowerInvariant()}");
}
