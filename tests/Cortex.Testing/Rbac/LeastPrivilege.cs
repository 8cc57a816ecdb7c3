namespace Cortex.Testing.Rbac;

/// <summary>Holds what roles grant against what was asked of the API server.</summary>
public sealed class LeastPrivilege(IReadOnlyList<Grant> grants, IReadOnlyList<ApiRequest> requests)
{
    /// <summary>What was asked and denied: a role lacks it, or the program oversteps.</summary>
    public IReadOnlyList<ApiRequest> Denied { get; } = [.. requests.Where(one => one.Denied)];

    /// <summary>What is granted and was never used.</summary>
    public IReadOnlyList<Grant> Unused { get; } = [.. grants.Where(grant => !requests.Any(one => !one.Denied && grant.Covers(one)))];

    /// <summary>What was allowed, though no role that was given here says so: something else grants it.</summary>
    public IReadOnlyList<ApiRequest> Unexplained { get; } =
        [.. requests.Where(one => !one.Denied && !grants.Any(grant => grant.Covers(one)))];

    /// <summary>Every finding as a sentence; empty when each right was needed and none was missing.</summary>
    /// <param name="reserved">
    /// Rights that no request shows, each with its reason. One that was used after all, or is not granted, is a finding too.
    /// </param>
    public IReadOnlyList<string> Findings(IReadOnlyDictionary<Permission, string> reserved) =>
    [
        .. Denied.Select(one => $"denied: {one}"),
        .. Unexplained.Select(one => $"allowed, but by none of these roles: {one}"),
        .. Unused.Where(one => !reserved.ContainsKey(one.Permission)).Select(one => $"granted and never used: {one}"),
        .. reserved.Where(one => Unused.All(grant => grant.Permission != one.Key))
            .Select(one => $"reserved without need ({one.Value}): {one.Key}"),
    ];
}
