using System.Text.Json.Nodes;
using Cortex.Runtime;

namespace Cortex.Cli.Api;

/// <summary>
/// The three-way comparison of <c>kubectl apply</c>, under the same annotation, so that both may be used on one resource
/// (https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#how-apply-calculates-differences-and-merges-changes).
/// </summary>
internal static class LastApplied
{
    public const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>The manifest with its namespace, and with itself in the annotation.</summary>
    public static JsonObject Annotate(JsonObject manifest, ObjectKey key)
    {
        var wanted = manifest.DeepClone().AsObject();
        var metadata = Child(wanted, "metadata");
        metadata["namespace"] = key.Namespace;
        var annotations = Child(metadata, "annotations");
        annotations.Remove(Annotation);
        var remembered = wanted.ToJsonString() + "\n";
        annotations[Annotation] = remembered;
        return wanted;
    }

    /// <summary>
    /// The changes of the live object: values that are wanted, and removals of values that were applied before and are not wanted now.
    /// Null: no change.
    /// </summary>
    public static JsonObject? Patch(JsonObject live, JsonObject wanted) => MergeDiff.Between(live, Target(live, wanted));

    /// <summary>The live object after that patch, before the API fills in defaults.</summary>
    public static JsonObject Target(JsonObject live, JsonObject wanted)
    {
        var before = live["metadata"]?["annotations"]?[Annotation]?.GetValue<string>();
        var gone = before is null ? null : Gone(JsonNode.Parse(before)!.AsObject(), wanted, live);
        var target = Overlay(live, wanted);
        Remove(target, gone ?? []);
        return target;
    }

    /// <summary>
    /// A tree of nulls: the fields of <paramref name="before"/> that <paramref name="now"/> lacks and that are still live.
    /// </summary>
    private static JsonObject Gone(JsonObject before, JsonObject now, JsonObject live)
    {
        var gone = new JsonObject();
        foreach (var (name, old) in before)
        {
            if (live[name] is null || (name is "annotations" or "namespace" && now[name] is null))
            {
                continue;
            }

            if (now[name] is null)
            {
                gone[name] = null;
            }
            else if (old is JsonObject deeper && now[name] is JsonObject wanted && live[name] is JsonObject actual
                && Gone(deeper, wanted, actual) is { Count: > 0 } below)
            {
                gone[name] = below;
            }
        }

        return gone;
    }

    private static JsonObject Overlay(JsonObject live, JsonObject wanted)
    {
        var result = live.DeepClone().AsObject();
        foreach (var (name, value) in wanted)
        {
            result[name] = value is JsonObject deeper && result[name] is JsonObject below ? Overlay(below, deeper) : value?.DeepClone();
        }

        return result;
    }

    private static void Remove(JsonObject from, JsonObject gone)
    {
        foreach (var (name, below) in gone)
        {
            if (below is JsonObject deeper)
            {
                Remove(from[name]!.AsObject(), deeper);
            }
            else
            {
                from.Remove(name);
            }
        }
    }

    private static JsonObject Child(JsonObject parent, string name)
    {
        if (parent[name] is not JsonObject child)
        {
            parent[name] = child = [];
        }

        return child;
    }
}
