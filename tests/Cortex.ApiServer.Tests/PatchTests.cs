using System.Text.Json.Nodes;
using Cortex.ApiServer.Patching;

namespace Cortex.ApiServer.Tests;

public sealed class PatchTests
{
    // The table of RFC 7386, appendix A.
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", "{}")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""["a","b"]""", """["c","d"]""", """["c","d"]""")]
    [InlineData("""{"a":"b"}""", """["c"]""", """["c"]""")]
    [InlineData("""{"a":"foo"}""", "null", "null")]
    [InlineData("""{"a":"foo"}""", "\"bar\"", "\"bar\"")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("[1,2]", """{"a":"b","c":null}""", """{"a":"b"}""")]
    [InlineData("{}", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void Merge_patch_does_what_the_RFC_says(string target, string patch, string expected) =>
        Equal(expected, MergePatch.Apply(JsonNode.Parse(target), JsonNode.Parse(patch)));

    [Theory]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/b","value":2}]""", """{"a":1,"b":2}""")]
    [InlineData("""{"a":[1,3]}""", """[{"op":"add","path":"/a/1","value":2}]""", """{"a":[1,2,3]}""")]
    [InlineData("""{"a":[1]}""", """[{"op":"add","path":"/a/-","value":2}]""", """{"a":[1,2]}""")]
    [InlineData("""{"a":1,"b":2}""", """[{"op":"remove","path":"/b"}]""", """{"a":1}""")]
    [InlineData("""{"a":[1,2,3]}""", """[{"op":"replace","path":"/a/1","value":9}]""", """{"a":[1,9,3]}""")]
    [InlineData("""{"a":{"b":1},"c":{}}""", """[{"op":"move","from":"/a/b","path":"/c/d"}]""", """{"a":{},"c":{"d":1}}""")]
    [InlineData("""{"a":[1,2]}""", """[{"op":"copy","from":"/a","path":"/b"}]""", """{"a":[1,2],"b":[1,2]}""")]
    [InlineData(
        """{"a/b":1,"c~d":2}""",
        """[{"op":"test","path":"/a~1b","value":1},{"op":"replace","path":"/c~0d","value":3}]""",
        """{"a/b":1,"c~d":3}""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"","value":{"b":2}}]""", """{"b":2}""")]
    [InlineData("""{"a":null}""", """[{"op":"test","path":"/a","value":null}]""", """{"a":null}""")]
    public void Json_patch_does_what_the_RFC_says(string document, string patch, string expected) =>
        Equal(expected, JsonPatch.Apply(JsonNode.Parse(document), JsonNode.Parse(patch)!.AsArray(), TestContext.Current.CancellationToken));

    // The cases in which kube-apiserver's Go library is more lenient than the RFC.
    [Theory]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"/b","value":2}]""", """{"a":1,"b":2}""")]
    [InlineData("""{"a":1}""", """[{"op":"test","path":"/b","value":null},{"op":"test","path":"/b"}]""", """{"a":1}""")]
    [InlineData("""{"a":null}""", """[{"op":"test","path":"/a"}]""", """{"a":null}""")]
    [InlineData("""{"a":[1,2,3]}""", """[{"op":"replace","path":"/a/-1","value":9}]""", """{"a":[1,2,9]}""")]
    [InlineData("""{"a":[1,2,3]}""", """[{"op":"remove","path":"/a/-3"}]""", """{"a":[2,3]}""")]
    [InlineData("""{"a":[1,2]}""", """[{"op":"add","path":"/a/-1","value":3}]""", """{"a":[1,2,3]}""")]
    [InlineData("""{"a":[1,2]}""", """[{"op":"add","path":"/a/-3","value":0}]""", """{"a":[0,1,2]}""")]
    [InlineData(
        """{"a":[1,2]}""",
        """[{"op":"test","path":"/a/-1","value":2},{"op":"copy","from":"/a/-1","path":"/b"}]""",
        """{"a":[1,2],"b":2}""")]
    [InlineData("""{"a":[1,2]}""", """[{"op":"test","path":"/a/01","value":2}]""", """{"a":[1,2]}""")]
    [InlineData("""{"a":1}""", """[{"op":"copy","from":"/x","path":"/b"}]""", """{"a":1,"b":null}""")]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/b"}]""", """{"a":1,"b":null}""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"/a"}]""", """{"a":null}""")]
    [InlineData("""{"a":1}""", """[{"op":"test","path":"","value":{"a":1}}]""", """{"a":1}""")]
    public void Json_patch_does_what_kube_apiserver_does(string document, string patch, string expected) =>
        Equal(expected, JsonPatch.Apply(JsonNode.Parse(document), JsonNode.Parse(patch)!.AsArray(), TestContext.Current.CancellationToken));

    [Theory]
    [InlineData("""[{"op":"remove","path":"/b"}]""", false)]
    [InlineData("""[{"op":"replace","path":"/b/c","value":1}]""", false)]
    [InlineData("""[{"op":"replace","path":"/l/1","value":1}]""", false)]
    [InlineData("""[{"op":"replace","path":"","value":1}]""", false)]
    [InlineData("""[{"op":"test","path":"/a","value":2}]""", false)]
    [InlineData("""[{"op":"test","path":"/a"}]""", false)]
    [InlineData("""[{"op":"test","path":"/b/c","value":null}]""", false)]
    [InlineData("""[{"op":"add","path":"/b/c","value":1}]""", false)]
    [InlineData("""[{"op":"add","path":"/a/c","value":1}]""", false)]
    [InlineData("""[{"op":"add","path":"","value":{}}]""", false)]
    [InlineData("""[{"op":"remove","path":""}]""", false)]
    [InlineData("""[{"op":"add","path":"/l/x","value":1}]""", false)]
    [InlineData("""[{"op":"add","path":"/l/4","value":1}]""", false)]
    [InlineData("""[{"op":"add","path":"/l/-3","value":1}]""", false)]
    [InlineData("""[{"op":"remove","path":"/l/-"}]""", false)]
    [InlineData("""[{"op":"remove","path":"/l/-2"}]""", false)]
    [InlineData("""[{"op":"move","from":"/o","path":"/o/x"}]""", false)]
    [InlineData("""[{"op":"move","from":"/b","path":"/c"}]""", false)]
    [InlineData("""[{"op":"copy","from":"/b/c","path":"/c"}]""", false)]
    [InlineData("""[{"op":"add","value":1}]""", false)]
    [InlineData("""[{"op":"move","path":"/a"}]""", false)]
    [InlineData("""[{"op":"paint","path":"/a"}]""", false)]
    [InlineData("""[{"path":"/a"}]""", false)]
    [InlineData("""[{"op":"add","path":"a","value":1}]""", false)]
    [InlineData("""[{"op":5,"path":"/a"}]""", true)]
    [InlineData("""[{"op":"add","path":5}]""", true)]
    [InlineData("""[{"op":"remove","path":"/a"},"add"]""", true)]
    [InlineData("""[null]""", true)]
    public void Json_patch_is_all_or_nothing(string patch, bool malformed)
    {
        var document = JsonNode.Parse("""{"a":1,"l":[1],"o":{}}""");
        var refused = Assert.Throws<JsonPatchException>(
            () => JsonPatch.Apply(document, JsonNode.Parse(patch)!.AsArray(), TestContext.Current.CancellationToken));
        Assert.Equal(malformed, refused.IsMalformed);
        Equal("""{"a":1,"l":[1],"o":{}}""", document);
    }

    private static void Equal(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual?.ToJsonString() ?? "null");
}
