using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Requests;
using Cortex.ApiServer.Resources;
using Cortex.ApiServer.Schemas;

namespace Cortex.ApiServer.Lifecycle;

/// <summary>
/// The processing of an object between the request and the store: prune, default, set what only the server may set, validate.
/// https://kubernetes.io/docs/reference/using-api/api-concepts/
/// </summary>
internal sealed class Admission(TimeProvider clock)
{
    private const string SuffixLetters = "bcdfghjklmnpqrstvwxz2456789";
    private static readonly string[] ServerSet =
    [
        "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink",
        "managedFields",
    ];

    /// <summary>The object that a POST creates. Changes <paramref name="body"/>.</summary>
    public JsonObject Create(ResourceRequest request, JsonObject body)
    {
        var resource = request.Resource;
        ObjectIdentity.Check(request, body);
        var metadata = body.Metadata();
        if (!string.IsNullOrEmpty(metadata.Text("resourceVersion")))
        {
            throw Refusals.BadRequest("resourceVersion should not be set on objects to be created");
        }

        foreach (var member in ServerSet)
        {
            metadata.Remove(member);
        }

        if (string.IsNullOrEmpty(metadata.Text("name")) && metadata.Text("generateName") is { Length: > 0 } prefix)
        {
            metadata["name"] = prefix[..Math.Min(prefix.Length, 58)] + RandomNumberGenerator.GetString(SuffixLetters, 5);
        }

        if (string.IsNullOrEmpty(metadata.Text("name")))
        {
            metadata.Remove("name");
        }

        if (resource.HasStatus)
        {
            body.Remove("status");
        }

        Shape(request, body);
        metadata = body.Metadata();
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Json.Timestamp(clock.GetUtcNow());
        if (resource.TracksGeneration)
        {
            metadata["generation"] = 1;
        }

        Complete(resource, body);
        Validate(request, body);
        return body;
    }

    /// <summary>The object after a PUT or PATCH, from the requested state and the stored state (both in wire form).</summary>
    public JsonObject Update(ResourceRequest request, JsonObject current, JsonObject wanted)
    {
        var resource = request.Resource;
        ObjectIdentity.Check(request, wanted);
        CheckVersion(resource, current, wanted);
        Shape(request, wanted);
        var next = request.Path.Subresource == "status" ? OnlyStatus(current, wanted) : AllButStatus(resource, current, wanted);
        var (before, after) = (current.Metadata(), next.Metadata());
        foreach (var member in ServerSet)
        {
            after.Put(member, before[member]);
        }

        after["name"] = current.Name();
        after.Put("namespace", before["namespace"]);
        if (resource.TracksGeneration && !JsonNode.DeepEquals(Desired(resource, current), Desired(resource, next)))
        {
            after["generation"] = (before.Number("generation") ?? 0) + 1;
        }

        Complete(resource, next);
        CheckFinalizers(resource, current, next);
        Validate(request, next, current);
        return next;
    }

    private static void CheckVersion(ApiResource resource, JsonObject current, JsonObject wanted)
    {
        var metadata = wanted.Metadata();
        if (metadata.Text("uid") is { Length: > 0 } uid && uid != current.Metadata().Text("uid"))
        {
            throw Refusals.Precondition(resource, current.Name(), "UID", uid, current.Metadata().Text("uid") ?? "");
        }

        if (wanted.ResourceVersion().Length == 0)
        {
            if (resource.NeedsResourceVersionToReplace)
            {
                throw Refusals.NoResourceVersion(resource, current.Name());
            }
        }
        else if (wanted.ResourceVersion() != current.ResourceVersion())
        {
            throw Refusals.Modified(resource, current.Name());
        }
    }

    private static void Shape(ResourceRequest request, JsonObject body)
    {
        var resource = request.Resource;
        var unknown = Pruning.Prune(resource.Schema, body);
        if (unknown.Count > 0 && request.FieldValidation is FieldValidation.Strict)
        {
            throw Refusals.UnknownFields(resource, unknown);
        }

        if (request.FieldValidation is FieldValidation.Warn)
        {
            foreach (var field in unknown)
            {
                request.Warn($"unknown field \"{field}\"");
            }
        }

        Defaulting.Apply(resource.Schema, body);
    }

    private static JsonObject OnlyStatus(JsonObject current, JsonObject wanted)
    {
        var next = current.Copy();
        next.Put("status", wanted["status"]);
        return next;
    }

    private static JsonObject AllButStatus(ApiResource resource, JsonObject current, JsonObject wanted)
    {
        if (resource.HasStatus)
        {
            wanted.Put("status", current["status"]);
        }

        return wanted;
    }

    // The part of an object that the generation counts: everything that the user asks for. Without a status subresource this includes
    // status.
    private static JsonObject Desired(ApiResource resource, JsonObject body)
    {
        var desired = body.Copy();
        desired.Remove("metadata");
        if (resource.HasStatus)
        {
            desired.Remove("status");
        }

        return desired;
    }

    private void Complete(ApiResource resource, JsonObject body)
    {
        if (resource.StorageName == "namespaces")
        {
            NamespaceRules.Complete(body);
        }

        if (resource.StorageName == DefinitionReader.StorageName && DefinitionRules.Check(body).Count == 0)
        {
            DefinitionReader.Establish(body, Json.Timestamp(clock.GetUtcNow()));
        }
    }

    private static void CheckFinalizers(ApiResource resource, JsonObject current, JsonObject next)
    {
        var added = next.Finalizers().Except(current.Finalizers()).ToArray();
        if (current.IsBeingDeleted() && added.Length > 0)
        {
            var list = string.Join(", ", added.Select(finalizer => $"\"{finalizer}\""));
            throw Refusals.Invalid(resource, current.Name(), FieldError.Forbidden("metadata.finalizers",
                $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{list}}}"));
        }
    }

    private static void Validate(ResourceRequest request, JsonObject body, JsonObject? current = null)
    {
        var resource = request.Resource;
        // Completed with the defaults of the current definition; otherwise every new default would count as a change.
        var old = resource.IsCustom ? current?.Copy() : null;
        Defaulting.Apply(resource.Schema, old);
        var errors = new List<FieldError>();
        if (body["metadata"] is JsonObject metadata)
        {
            errors.AddRange(MetadataRules.Check(metadata, isNamespace: resource.StorageName == "namespaces"));
        }

        errors.AddRange(SchemaValidator.Check(resource.Schema, body, old: old));
        if (resource.Scale is { } scale)
        {
            errors.AddRange(scale.Check(body));
        }

        if (resource.StorageName == DefinitionReader.StorageName)
        {
            errors.AddRange(DefinitionRules.Check(body));
        }

        errors.AddRange(RuleValidator.Check(resource.Rules, body, old, errors, request.Warn));
        if (errors.Count > 0)
        {
            throw Refusals.Invalid(resource, body.Name(), [.. errors.Distinct()]);
        }
    }
}
