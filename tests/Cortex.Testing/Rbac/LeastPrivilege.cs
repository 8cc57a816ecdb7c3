namespace Cortex.Testing.Rbac;

/// <summary>Holds what roles grant against what was asked of the API server.</summary>
public sealed class LeastPrivilege(IReadOnlyList<Grant> grants, IReadOnlyList<ApiRequest> requests)
{
    /// <summary>What was asked and denied: a role lacks it, or the program oversteps.</summary>
    public IReadOnlyList<ApiRequest> Denied { get; } = [.. requests.Where(request => request.Denied)];

    /// <summary>What is granted and was never used.</summary>
    public IReadOnlyList<Grant> Unused { get; } = [.. grants.Where(grant => !requests.Any(one => !one.Denied && grant.Covers(one)))];

    /// <summary>What was allowed, though no role that was given here says so: something else grants it.</summary>
    public IReadOnlyList<ApiRequest> Unexplained { get; } =
        [.. requests.Where(request => !request.Denied && !grants.Any(grant => grant.Covers(request)))];

    /// <summary>Every finding as a sentence; empty when each right was needed and none was missing.</summary>
    /// <param name="reserved">
    /// Rights that no request shows, each with its reason. One that was used after all, or is not granted, is a finding too.
    /// </param>
    public IReadOnlyList<string> Findings(IReadOnlyDictionary<Permission, string> reserved) =>
    [
        .. Denied.Select(request => $"denied: {request}"),
        .. Unexplained.Select(request => $"allowed, but by none of these roles: {request}"),
        .. Unused.Where(grant => !reserved.ContainsKey(grant.Permission)).Select(grant => $"granted and never used: {grant}"),
        .. reserved.Where(pair => Unused.All(grant => grant.Permission != pair.Key))
            .Select(pair => $"reserved without need ({pair.Value}): {pair.Key}"),
    ];
}
