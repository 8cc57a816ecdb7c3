using System.Text;
using System.Text.Json.Nodes;
using Cortex.Cli.Outcomes;
using Cortex.Core.Api;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Cortex.Cli.Files;

/// <summary>Reads YAML files of resources. A refusal names the place in the file.</summary>
internal static class Manifests
{
    private const string Expected = $"{CortexCluster.GroupName}/{CortexCluster.Version} {CortexCluster.KindName}";

    /// <param name="file">A path, or <c>-</c> for standard input.</param>
    /// <param name="directory">Where a relative path begins.</param>
    /// <exception cref="CommandException">The file cannot be read, is not YAML, or contains something other than clusters.</exception>
    public static async Task<IReadOnlyList<Manifest>> ReadAsync(
        string file, string directory, Func<TextReader> input, CancellationToken ct)
    {
        try
        {
            if (file == "-")
            {
                return Parse(await ReadAllAsync(input(), "standard input", ct), "standard input");
            }

            using var reader = new StreamReader(Path.Combine(directory, file));
            return Parse(await ReadAllAsync(reader, file, ct), file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                Directory.Exists(Path.Combine(directory, file)) ? $"{file} is a directory" : $"{file} cannot be read: {e.Message}",
                "name a file with -f FILE",
                e);
        }
    }

    /// <param name="source">The name of the text in messages.</param>
    /// <exception cref="CommandException">As for <see cref="ReadAsync"/>.</exception>
    public static IReadOnlyList<Manifest> Parse(string text, string source)
    {
        var stream = new YamlStream();
        try
        {
            YamlLimits.Check(text);
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new CommandException($"{source}, line {e.Start.Line}, column {e.Start.Column}: {e.Message}", "correct the YAML there", e);
        }

        var found = stream.Documents.Select(document => document.RootNode).Where(node => node is not YamlScalarNode { Value: null or "" })
            .Select(node => Read(node, source)).ToList();
        RefuseDuplicates(found, source);
        return found.Count > 0 ? found : throw new CommandException($"{source} contains no resource", $"add a {Expected}");
    }

    private static async Task<string> ReadAllAsync(TextReader reader, string source, CancellationToken ct)
    {
        var text = new StringBuilder();
        var piece = new char[64 * 1024];
        while (await reader.ReadAsync(piece, ct) is > 0 and var count)
        {
            if (text.Append(piece, 0, count).Length > YamlLimits.MaxCharacters)
            {
                throw new CommandException(
                    $"{source} is longer than {YamlLimits.MaxCharacters} characters", "name a file with resources, or split the file");
            }
        }

        return text.ToString();
    }

    private static void RefuseDuplicates(IReadOnlyList<Manifest> manifests, string source)
    {
        var lines = new Dictionary<(string? Namespace, string Name), long>();
        foreach (var manifest in manifests)
        {
            var (metadata, line) = (manifest.Content["metadata"]!.AsObject(), manifest.LineOf("metadata.name"));
            var name = Text(metadata, "name")!;
            if (!lines.TryAdd((Text(metadata, "namespace"), name), line))
            {
                throw new CommandException(
                    $"{source}, line {line}: the cluster {name} is already defined on line {lines[(Text(metadata, "namespace"), name)]}",
                    "remove one of the two, or rename it");
            }
        }
    }

    private static Manifest Read(YamlNode node, string source)
    {
        if (YamlJson.Convert(node) is not JsonObject manifest)
        {
            throw new CommandException(
                $"{source}, line {node.Start.Line}: a resource must be a mapping", "begin it with apiVersion, kind and metadata");
        }

        var (version, kind) = (Text(manifest, "apiVersion"), Text(manifest, "kind"));
        if (version != $"{CortexCluster.GroupName}/{CortexCluster.Version}" || kind != CortexCluster.KindName)
        {
            throw new CommandException(
                $"{source}, line {node.Start.Line}: {version ?? "no apiVersion"} {kind ?? "without kind"} is not supported",
                $"this command accepts {Expected}; use kubectl for other kinds");
        }

        return manifest["metadata"] is JsonObject metadata && Text(metadata, "name") is { Length: > 0 }
            ? Manifest.Of(node, manifest, source)
            : throw new CommandException($"{source}, line {node.Start.Line}: metadata.name is missing", "give the cluster a name");
    }

    private static string? Text(JsonObject from, string name) =>
        from[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
