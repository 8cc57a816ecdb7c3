using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace Cortex.Runtime.Tests;

public sealed class MergeDiffTests
{
    [Fact]
    public void Merging_the_difference_into_the_old_document_gives_the_new_one() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(ArbMap.Default.ArbFor<(byte[] Before, byte[] After)>(), seeds =>
        {
            JsonObject before = Document(seeds.Before, 0), after = Document(seeds.After, 0);
            var patch = MergeDiff.Between(before, after);
            Assert.Equal(after.ToJsonString(), Sorted(patch is null ? before : Merged(before, patch)).ToJsonString());
            Assert.Null(MergeDiff.Between(after, after));
        }));

    [Theory]
    [InlineData("""{"phase":"Ready","lag":3}""", """{"phase":"Ready"}""", """{"lag":null}""")]
    [InlineData("""{"a":[1,2]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"a":{"b":1,"c":2}}""", """{"a":{"b":1,"c":3}}""", """{"a":{"c":3}}""")]
    [InlineData("""{"a":{"b":1}}""", """{"a":{}}""", """{"a":{"b":null}}""")]
    [InlineData("""{}""", """{"a":{}}""", """{"a":{}}""")]
    [InlineData("""{"a":1}""", """{"a":null}""", """{"a":null}""")]
    [InlineData("""{"a":null}""", """{}""", "nothing")]
    public void The_patch_contains_only_differences_and_null_for_removed_fields(string before, string after, string patch) =>
        Assert.Equal(patch, MergeDiff.Between(Parse(before), Parse(after))?.ToJsonString() ?? "nothing");

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    /// <summary>A small document from random bytes: names a to d in order, values numbers, lists or documents.</summary>
    private static JsonObject Document(byte[] seed, int depth)
    {
        var fields = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var (b, at) in seed.Select((b, at) => (b, at)))
        {
            fields[((char)('a' + b % 4)).ToString()] = (b / 4 % 3) switch
            {
                0 => JsonValue.Create(b / 16),
                1 => new JsonArray(b / 64, b / 128),
                _ => depth > 2 ? JsonValue.Create("deep") : Document(seed[(at + 1)..], depth + 1),
            };
        }

        return new(fields.Select(f => KeyValuePair.Create<string, JsonNode?>(f.Key, f.Value)));
    }

    /// <summary>RFC 7386, section 2.</summary>
    private static JsonObject Merged(JsonObject target, JsonObject patch)
    {
        var merged = target.DeepClone().AsObject();
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                merged.Remove(name);
            }
            else
            {
                merged[name] = value is JsonObject deeper ? Merged(merged[name] as JsonObject ?? [], deeper) : value.DeepClone();
            }
        }

        return merged;
    }

    private static JsonNode Sorted(JsonNode node) => node is JsonObject fields
        ? new JsonObject(
            fields.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => KeyValuePair.Create(f.Key, (JsonNode?)Sorted(f.Value!))))
        : node.DeepClone();
}
