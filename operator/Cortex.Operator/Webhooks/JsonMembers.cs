using System.Text.Json.Nodes;

namespace Cortex.Operator.Webhooks;

/// <summary>Reads members of JSON that a stranger wrote.</summary>
internal static class JsonMembers
{
    /// <summary>Null where the member is missing or is not a text.</summary>
    public static string? Text(this JsonObject from, string member) => from[member] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
