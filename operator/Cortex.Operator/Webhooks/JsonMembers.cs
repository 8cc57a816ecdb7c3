using System.Text.Json.Nodes;

namespace Cortex.Operator.Webhooks;

/// <summary>Reads members of untrusted JSON.</summary>
internal static class JsonMembers
{
    /// <summary>Null if the member is missing or not a string.</summary>
    public static string? Text(this JsonObject from, string member) =>
        from[member] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
