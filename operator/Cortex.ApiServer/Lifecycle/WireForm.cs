using System.Text.Json.Nodes;
using Cortex.ApiServer.Resources;

namespace Cortex.ApiServer.Lifecycle;

/// <summary>
/// Converts between the stored form of an object and the form of one version of its kind. Versions differ in apiVersion and, for events, in
/// names of members.
/// </summary>
internal static class WireForm
{
    /// <summary>Converts a stored object to the wire form, in place.</summary>
    public static JsonObject ToWire(ApiResource resource, JsonObject stored)
    {
        foreach (var (wire, kept) in resource.StoredAs)
        {
            Rename(stored, kept, wire);
        }

        stored["apiVersion"] = resource.ApiVersion;
        stored["kind"] = resource.Kind;
        return stored;
    }

    /// <summary>Converts a wire object to the stored form, in place.</summary>
    public static JsonObject ToStored(ApiResource resource, JsonObject wire)
    {
        foreach (var (name, kept) in resource.StoredAs)
        {
            Rename(wire, name, kept);
        }

        return wire;
    }

    private static void Rename(JsonObject body, string from, string to)
    {
        if (!body.TryGetPropertyValue(from, out var value))
        {
            return;
        }

        body.Remove(from);
        body[to] = value;
    }
}
