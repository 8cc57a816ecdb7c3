using System.Globalization;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Lifecycle;
using Cortex.ApiServer.Requests;
using Cortex.ApiServer.Storage;

namespace Cortex.ApiServer.Endpoints;

/// <summary>All verbs on single objects and on collections, except watch.</summary>
internal sealed class Objects(ObjectStore store, ObjectLifecycle lifecycle, Answers answers)
{
    public Task GetAsync(ResourceRequest request, CancellationToken ct)
    {
        CheckRevision(request);
        var body = lifecycle.Read(request.Resource, request.Key);
        return RequestBody.AnswerAsync(request.Http, 200, answers.One(request, body), ct);
    }

    public Task ListAsync(ResourceRequest request, CancellationToken ct)
    {
        var page = ReadPage(request);
        var metadata = new JsonObject { ["resourceVersion"] = page.Revision.ToString(CultureInfo.InvariantCulture) };
        if (page.Next is { } next)
        {
            metadata["continue"] = new ContinueToken(page.Revision, next).ToString();
        }

        return RequestBody.AnswerAsync(request.Http, 200, answers.Many(request, page.Items, metadata), ct);
    }

    public async Task CreateAsync(ResourceRequest request, CancellationToken ct)
    {
        var body = await RequestBody.ReadObjectAsync(request.Http.Request, ct);
        if (request.Resource.IsReview)
        {
            // The only token may do everything, so the review needs no lookup.
            body["status"] = new JsonObject { ["allowed"] = true, ["reason"] = "the bearer token of this server may do everything" };
            await RequestBody.AnswerAsync(request.Http, 201, body, ct);
            return;
        }

        await AnswerAsync(request, 201, lifecycle.Create(request, body), ct);
    }

    public async Task ReplaceAsync(ResourceRequest request, CancellationToken ct)
    {
        var body = await RequestBody.ReadObjectAsync(request.Http.Request, ct);
        await AnswerAsync(request, 200, lifecycle.Replace(request, body), ct);
    }

    public async Task PatchAsync(ResourceRequest request, CancellationToken ct)
    {
        var change = await PatchReader.ReadAsync(request, ct);
        await AnswerAsync(request, 200, lifecycle.Patch(request, change), ct);
    }

    public async Task DeleteAsync(ResourceRequest request, CancellationToken ct)
    {
        var resource = request.Resource;
        var options = await ReadDeleteOptionsAsync(request, ct);
        var (stays, last) = lifecycle.Delete(resource, request.Key, options);
        await RequestBody.AnswerAsync(request.Http, 200, stays ? last : Deleted(request, last), ct);
    }

    public async Task DeleteCollectionAsync(ResourceRequest request, CancellationToken ct)
    {
        var options = await ReadDeleteOptionsAsync(request, ct);
        var page = ReadPage(request);
        // All or nothing: when one object violates the precondition, the objects before it are not deleted either.
        foreach (var item in page.Items)
        {
            options.Check(request.Resource, item);
        }

        foreach (var item in page.Items)
        {
            DeleteIfThere(request, item, options);
        }

        var metadata = new JsonObject { ["resourceVersion"] = page.Revision.ToString(CultureInfo.InvariantCulture) };
        await RequestBody.AnswerAsync(request.Http, 200, answers.Many(request, page.Items, metadata), ct);
    }

    private void DeleteIfThere(ResourceRequest request, JsonObject item, DeleteOptions options)
    {
        try
        {
            lifecycle.Delete(request.Resource, new(request.Resource.StorageName, item.Namespace(), item.Name()), options);
        }
        catch (ApiException exception) when (exception.Code == 404)
        {
            // The object has been deleted since the listing, which is the requested result.
        }
    }

    private void CheckRevision(ResourceRequest request)
    {
        if (request.ResourceVersion is { } asked && asked > store.Revision)
        {
            throw Refusals.TooLargeResourceVersion(asked, store.Revision);
        }
    }

    private ListPage ReadPage(ResourceRequest request)
    {
        ListOptions.Check(request);
        CheckRevision(request);
        var (resource, selector, from) = (request.Resource, request.Selector, request.Continue);
        var query = new ListQuery(resource.StorageName, request.Path.Namespace)
        {
            At = from?.Revision ?? (request.ResourceVersionMatch == "Exact" ? request.ResourceVersion : null),
            After = from?.After,
            Limit = request.Limit ?? int.MaxValue,
            Select = stored => WireForm.ToWire(resource, stored) is var body && selector.Matches(body) ? body : null,
        };
        return store.List(query) ?? throw Refusals.Expired(from is null
            ? $"The resourceVersion for the provided list is too old: {request.ResourceVersion}"
            : "The provided continue parameter is too old to display a consistent list result. You must start a new list without the "
                + "continue parameter.");
    }

    private static async Task<DeleteOptions> ReadDeleteOptionsAsync(ResourceRequest request, CancellationToken ct) =>
        DeleteOptions.Read(
            request.Resource,
            await RequestBody.ReadOptionalObjectAsync(request.Http.Request, ct) ?? request.DeletionQuery,
            request.IsDryRun);

    private Task AnswerAsync(ResourceRequest request, int code, JsonObject body, CancellationToken ct) =>
        RequestBody.AnswerAsync(request.Http, code, answers.One(request, body), ct);

    private static JsonObject Deleted(ResourceRequest request, JsonObject last)
    {
        var details = new JsonObject { ["name"] = last.Name() };
        if (request.Resource.Group.Length > 0)
        {
            details["group"] = request.Resource.Group;
        }

        details["kind"] = request.Resource.Plural;
        details["uid"] = last.Metadata().Text("uid");
        return new()
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["details"] = details,
        };
    }
}
