using System.Text.RegularExpressions;

namespace Cortex.Cli.Tests;

/// <summary>Which folders of the command line may use which others. The sources are checked.</summary>
public sealed partial class FoldersTests
{
    /// <summary>Each folder may use the folders before it.</summary>
    private static readonly string[] Folders =
    [
        "Outcomes", "Parsing", "Files", "Api", "LocalMachine", "Access", "Console", "Progress", "Delegation", "Commands",
    ];

    private static string Folder => Path.Combine(Repository.Root, "operator/Cortex.Cli");

    [Fact]
    public void Folders_of_the_command_line_use_only_the_folders_before_them()
    {
        var upward =
            from folder in Folders
            from file in Directory.GetFiles(Path.Combine(Folder, folder), "*.cs")
            from Match use in Use().Matches(File.ReadAllText(file))
            where Array.IndexOf(Folders, use.Groups["folder"].Value) > Array.IndexOf(Folders, folder)
            select $"{folder}/{Path.GetFileName(file)} uses {use.Groups["folder"].Value}";

        Assert.Empty(upward);
    }

    [Fact]
    public void Every_folder_of_the_command_line_is_in_that_order() =>
        Assert.Equal(Folders.Order(), Directory.GetDirectories(Folder).Select(Path.GetFileName).Except(["bin", "obj"]).Order());

    [Fact]
    public void The_operator_does_not_use_the_command_line()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "operator/Cortex.Operator"), "*.cs*", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal));

        Assert.DoesNotContain("Cortex.Cli", string.Concat(files.Select(File.ReadAllText)), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\bCortex\.Cli\.(?<folder>\w+)\b")]
    private static partial Regex Use();
}
