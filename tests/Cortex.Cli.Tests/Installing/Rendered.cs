using System.Text.Json.Nodes;
using Cortex.Cli.Files;
using YamlDotNet.RepresentationModel;

namespace Cortex.Cli.Tests.Installing;

/// <summary>
/// The objects of an installation, rendered by real programs: <c>kubectl kustomize</c>, Helm, and Helm's template engine.
/// </summary>
internal static class Rendered
{
    private static string ChartFolder => Repository.Path("charts/cortex-operator");

    /// <summary>Go with Debian's libraries; no module is downloaded.</summary>
    private static readonly Dictionary<string, string?> DebiansGo = new()
    {
        ["GO111MODULE"] = "off",
        ["GOPATH"] = "/usr/share/gocode",
        ["GOFLAGS"] = "",
        ["GOCACHE"] = Repository.Path(".build/go-cache"),
    };

    /// <summary>The objects of a kustomization, by kind and name, as for <c>kubectl apply -n NS -k</c>.</summary>
    public static async Task<IReadOnlyDictionary<string, JsonObject>> KustomizationAsync(string folder, string? ns = null)
    {
        if (ns is null)
        {
            return Objects(await RunAsync("kubectl", ["kustomize", Repository.Path(folder)]));
        }

        // kustomize accepts only relative paths, and only folders outside of its own folder.
        var place = Directory.CreateDirectory(Path.Combine(Repository.Path(".build/kustomize"), Path.GetRandomFileName())).FullName;
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(place, "kustomization.yaml"),
                $"namespace: {ns}\nresources: ['{Path.GetRelativePath(place, Repository.Path(folder))}']\n",
                TestContext.Current.CancellationToken);
            return Objects(await RunAsync("kubectl", ["kustomize", place]));
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    /// <summary>The objects of the chart, rendered by Helm, which assumes that the cluster serves every API that Helm knows.</summary>
    public static async Task<IReadOnlyDictionary<string, JsonObject>> HelmAsync(string ns, string values) =>
        Objects((await HelmAsync(["template", "cortex-operator", ChartFolder, "--namespace", ns, "--values", "-"], values)).Text());

    /// <summary>Runs Helm on the chart, without the user's configuration and cache.</summary>
    public static Task<ToolResult> HelmOfChartAsync(string verb, string values, params string[] options) =>
        HelmAsync([verb, ChartFolder, "--values", "-", .. options], values);

    private static async Task<ToolResult> HelmAsync(string[] arguments, string values)
    {
        var home = Directory.CreateTempSubdirectory("cortex-helm-").FullName;
        try
        {
            return await Tool.RunAsync(Helm.Demand(), arguments, new Dictionary<string, string?> { ["HOME"] = home }, values);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>The objects of the chart, by kind and name, rendered by Helm's engine for a cluster that serves only these APIs.</summary>
    public static async Task<IReadOnlyDictionary<string, JsonObject>> ChartAsync(string ns, string values, params string[] apis)
    {
        Assert.SkipUnless(Tool.Find("go") is not null && Directory.Exists("/usr/share/gocode/src/github.com/Masterminds/sprig"),
            "Helm's template engine is missing (Debian: apt-get install golang-go golang-github-masterminds-sprig-dev)");
        var chart = Yaml(await File.ReadAllTextAsync(Path.Combine(ChartFolder, "Chart.yaml"), TestContext.Current.CancellationToken));
        var context = new JsonObject
        {
            ["Values"] = Merge(Values(), Yaml(values)),
            ["Release"] = new JsonObject { ["Name"] = "cortex-operator", ["Namespace"] = ns },
            ["Chart"] = new JsonObject { ["Name"] = chart["name"]!.DeepClone(), ["AppVersion"] = chart["appVersion"]!.DeepClone() },
            ["Capabilities"] = new JsonObject { ["APIVersions"] = new JsonArray([.. apis.Select(api => JsonValue.Create(api))]) },
        };
        var templates = Directory.GetFiles(Path.Combine(ChartFolder, "templates"), "*.yaml");
        Assert.NotEmpty(templates);
        return Objects(await RunAsync("go", ["run", Repository.Path("tests/charts/render.go"), .. templates], context.ToJsonString()));
    }

    public static JsonObject Values() => Yaml(File.ReadAllText(Path.Combine(ChartFolder, "values.yaml")));

    public static JsonObject ValuesSchema() =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(ChartFolder, "values.schema.json")))!.AsObject();

    private static JsonObject Merge(JsonObject below, JsonObject above)
    {
        foreach (var (name, value) in above)
        {
            below[name] = value is JsonObject inner && below[name] is JsonObject outer
                ? Merge(outer.DeepClone().AsObject(), inner)
                : value?.DeepClone();
        }

        return below;
    }

    private static JsonObject Yaml(string text) => Documents(text).SingleOrDefault() ?? [];

    private static Dictionary<string, JsonObject> Objects(string yaml) =>
        Documents(yaml).ToDictionary(document => $"{document["kind"]} {document["metadata"]!["name"]}");

    private static IEnumerable<JsonObject> Documents(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Select(document => YamlJson.Convert(document.RootNode)).OfType<JsonObject>();
    }

    private static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string input = "")
    {
        Assert.SkipUnless(Tool.Find(program) is not null, $"{program} is not on PATH");
        return (await Tool.RunAsync(program, arguments, DebiansGo, input)).Text();
    }
}
