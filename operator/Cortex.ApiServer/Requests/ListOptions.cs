using Cortex.ApiServer.Errors;

namespace Cortex.ApiServer.Requests;

/// <summary>
/// The state of a collection that a list, a watch or a deletion asks for. Invalid options are refused in the words of k8s.io/apimachinery.
/// https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list
/// </summary>
internal static class ListOptions
{
    private const string Kind = "ListOptions";
    private const string Match = "resourceVersionMatch";
    private const string Initial = "sendInitialEvents";

    /// <exception cref="ApiException">422 for options that contradict each other, 400 for an invalid resource version.</exception>
    public static void Check(ResourceRequest request)
    {
        List<FieldError> errors = [.. request.IsWatch ? OfWatch(request) : OfList(request)];
        if (errors.Count > 0)
        {
            throw Refusals.InvalidOptions(Kind, errors);
        }

        if (request.ResourceVersion is not (null or 0) && request.IsContinued && !request.IsWatch)
        {
            throw Refusals.BadRequest("specifying resource version is not allowed when using continue");
        }
    }

    private static IEnumerable<FieldError> OfList(ResourceRequest request)
    {
        if (request.ResourceVersionMatch is { } match)
        {
            if (!request.HasResourceVersion)
            {
                yield return FieldError.Forbidden(Match, $"{Match} is forbidden unless resourceVersion is provided");
            }

            if (request.IsContinued)
            {
                yield return FieldError.Forbidden(Match, $"{Match} is forbidden when continue is provided");
            }

            if (match is not ("Exact" or "NotOlderThan"))
            {
                yield return FieldError.NotSupported(Match, match, ["Exact", "NotOlderThan", ""]);
            }

            if (match == "Exact" && request.ResourceVersion is 0)
            {
                yield return FieldError.Forbidden(Match, $"{Match} \"exact\" is forbidden for resourceVersion \"0\"");
            }
        }

        if (request.WantsInitialEvents)
        {
            yield return FieldError.Forbidden(Initial, $"{Initial} is forbidden for list");
        }
    }

    private static IEnumerable<FieldError> OfWatch(ResourceRequest request)
    {
        var match = request.ResourceVersionMatch;
        if (request.WantsInitialEvents)
        {
            if (match != "NotOlderThan")
            {
                yield return FieldError.Forbidden(Match, $"{Initial} requires setting {Match} to NotOlderThan");
            }

            yield return FieldError.Forbidden(Initial, $"{Initial} is forbidden for watch unless the WatchList feature gate is enabled");
        }

        if (match is null)
        {
            yield break;
        }

        if (!request.WantsInitialEvents)
        {
            yield return FieldError.Forbidden(Match, $"{Match} is forbidden for watch unless {Initial} is provided");
        }

        if (match != "NotOlderThan")
        {
            yield return FieldError.NotSupported(Match, match, ["NotOlderThan"]);
        }

        if (request.IsContinued)
        {
            yield return FieldError.Forbidden(Match, $"{Match} is forbidden when continue is provided");
        }
    }
}
