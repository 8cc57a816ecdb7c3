using System.Text.Json;

namespace Cortex.Core.Api;

/// <summary>Whether writing a status would change anything: lists in records compare by reference, their JSON does not.</summary>
public static class StatusComparison
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static bool Same(ClusterStatus? one, ClusterStatus? other) =>
        JsonSerializer.Serialize(one, Options) == JsonSerializer.Serialize(other, Options);
}
