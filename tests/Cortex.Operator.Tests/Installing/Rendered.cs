using System.Diagnostics;
using System.Text.Json.Nodes;
using Cortex.Cli.Files;
using Cortex.TestPrograms;
using YamlDotNet.RepresentationModel;

namespace Cortex.Operator.Tests.Installing;

/// <summary>What an install consists of, as real programs render it: <c>kubectl kustomize</c>, Helm and its template engine.</summary>
internal static class Rendered
{
    public static string Root { get; } = FindRoot();

    private static string ChartFolder => Path.Combine(Root, "charts/cortex-operator");

    /// <summary>The objects of a kustomization, by kind and name, as for <c>kubectl apply -n NS -k</c>.</summary>
    public static async Task<IReadOnlyDictionary<string, JsonObject>> KustomizationAsync(string folder, string? ns = null)
    {
        if (ns is null)
        {
            return Objects(await RunAsync("kubectl", ["kustomize", Path.Combine(Root, folder)]));
        }

        // kustomize takes relative paths only, and nothing but folders from outside its own.
        var place = Directory.CreateDirectory(Path.Combine(Root, ".build", "kustomize", Path.GetRandomFileName())).FullName;
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(place, "kustomization.yaml"),
                $"namespace: {ns}\nresources: ['{Path.GetRelativePath(place, Path.Combine(Root, folder))}']\n",
                TestContext.Current.CancellationToken);
            return Objects(await RunAsync("kubectl", ["kustomize", place]));
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    /// <summary>The objects of the chart by Helm, which takes the cluster for one that serves every API that it knows.</summary>
    public static async Task<IReadOnlyDictionary<string, JsonObject>> HelmAsync(string ns, string values) =>
        Objects((await HelmAsync(["template", "cortex-operator", ChartFolder, "--namespace", ns, "--values", "-"], values)).Demand());

    /// <summary>What a Helm without a configuration or a cache of the user's says of the chart.</summary>
    public static Task<Ended> HelmOfChartAsync(string verb, string values, params string[] options) => HelmAsync([verb, ChartFolder, "--values", "-", .. options], values);

    private static async Task<Ended> HelmAsync(string[] arguments, string values)
    {
        var home = Directory.CreateTempSubdirectory("cortex-helm-").FullName;
        try
        {
            return await EndAsync(Helm.Demand(), arguments, values, home);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>The objects of the chart, by kind and name: by the engine that Helm has, for a cluster that serves these APIs and no more.</summary>
    public static async Task<IReadOnlyDictionary<string, JsonObject>> ChartAsync(string ns, string values, params string[] apis)
    {
        Assert.SkipUnless(HasProgram("go") && Directory.Exists("/usr/share/gocode/src/github.com/Masterminds/sprig"),
            "what Helm's templates are rendered with is not here (Debian: apt-get install golang-go golang-github-masterminds-sprig-dev)");
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
        return Objects(await RunAsync("go", ["run", Path.Combine(Root, "tests/charts/render.go"), .. templates], context.ToJsonString()));
    }

    public static JsonObject Values() => Yaml(File.ReadAllText(Path.Combine(ChartFolder, "values.yaml")));

    public static JsonObject ValuesSchema() => JsonNode.Parse(File.ReadAllText(Path.Combine(ChartFolder, "values.schema.json")))!.AsObject();

    private static JsonObject Merge(JsonObject below, JsonObject above)
    {
        foreach (var (name, value) in above)
        {
            below[name] = value is JsonObject inner && below[name] is JsonObject outer ? Merge(outer.DeepClone().AsObject(), inner) : value?.DeepClone();
        }

        return below;
    }

    private static JsonObject Yaml(string text) => Documents(text).SingleOrDefault() ?? [];

    private static Dictionary<string, JsonObject> Objects(string yaml) =>
        Documents(yaml).ToDictionary(one => $"{one["kind"]} {one["metadata"]!["name"]}");

    private static IEnumerable<JsonObject> Documents(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Select(document => YamlJson.Convert(document.RootNode)).OfType<JsonObject>();
    }

    private static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string input = "")
    {
        Assert.SkipUnless(HasProgram(program), $"{program} is not on PATH");
        return (await EndAsync(program, arguments, input)).Demand();
    }

    private static async Task<Ended> EndAsync(string program, IEnumerable<string> arguments, string input, string? home = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        // Debian's Go libraries, and no module that would have to be fetched.
        (start.Environment["GO111MODULE"], start.Environment["GOPATH"], start.Environment["GOFLAGS"]) = ("off", "/usr/share/gocode", "");
        start.Environment["GOCACHE"] = Path.Combine(Root, ".build", "go-cache");
        if (home is not null)
        {
            start.Environment["HOME"] = home;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new Ended($"{program} {string.Join(' ', start.ArgumentList)}", process.ExitCode, await output, await errors);
    }

    /// <summary>How a program ended, and what it said.</summary>
    public sealed record Ended(string Command, int Code, string Output, string Errors)
    {
        public string Demand()
        {
            Assert.True(Code == 0, $"{Command}\n{Output}{Errors}");
            return Output;
        }
    }

    private static bool HasProgram(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, name)));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cortex.Operator.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("run the tests from within the repository");
    }
}
