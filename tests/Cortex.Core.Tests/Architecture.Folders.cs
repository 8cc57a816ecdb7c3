namespace Cortex.Core.Tests;

public sealed partial class Architecture
{
    private const string ApiServer = "operator/Cortex.ApiServer/";

    /// <summary>Each folder of the embedded API may use those before it. The files beside the folders may use all of them.</summary>
    private static readonly string[] ApiServerFolders =
    [
        "Cel", "Patching", "Storage", "Access", "Watching", "Errors", "Schemas", "Resources", "OpenApi", "Requests", "Lifecycle",
        "Endpoints",
    ];

    [Fact]
    public void Folders_of_the_embedded_API_refer_to_lower_ones_only()
    {
        var references = SourceReferences.OfOperator();
        var between =
            (from file in references.Keys
             from used in references[file]
             select (From: LayerOf(file), To: LayerOf(used), Text: $"{file} uses {used}"))
            .Where(reference => reference is { From: >= 0, To: >= 0 })
            .ToList();

        Assert.NotEmpty(between);
        Assert.Empty(between.Where(reference => reference.To > reference.From).Select(reference => reference.Text));
    }

    [Fact]
    public void Every_folder_of_the_embedded_API_has_its_layer() =>
        Assert.Equal(
            ApiServerFolders.Order(),
            Directory.GetDirectories(Repository.Path(ApiServer)).Select(Path.GetFileName).Except(["bin", "obj"]).Order());

    /// <summary>Below 0 for a file that lies in no folder of the embedded API.</summary>
    private static int LayerOf(string file) =>
        file.StartsWith(ApiServer, StringComparison.Ordinal) ? Array.IndexOf(ApiServerFolders, file[ApiServer.Length..].Split('/')[0]) : -1;
}
