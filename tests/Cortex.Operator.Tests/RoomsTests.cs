using System.Text.RegularExpressions;

namespace Cortex.Operator.Tests;

/// <summary>Which folder of the command line may use which, checked on the sources themselves.</summary>
public sealed partial class RoomsTests
{
    /// <summary>Each may use those before it.</summary>
    private static readonly string[] Rooms = ["Outcomes", "Parsing", "Files", "Api", "LocalMachine", "Access", "Console", "Progress", "Commands"];

    private static string Folder => Path.Combine(Repository.Root, "operator/Cortex.Cli");

    [Fact]
    public void Folders_of_the_command_line_refer_to_those_before_them_only()
    {
        var upward =
            from room in Rooms
            from file in Directory.GetFiles(Path.Combine(Folder, room), "*.cs")
            from Match use in Use().Matches(File.ReadAllText(file))
            where Array.IndexOf(Rooms, use.Groups["room"].Value) > Array.IndexOf(Rooms, room)
            select $"{room}/{Path.GetFileName(file)} uses {use.Groups["room"].Value}";

        Assert.Empty(upward);
    }

    [Fact]
    public void Every_folder_of_the_command_line_has_its_place_in_that_order() =>
        Assert.Equal(Rooms.Order(), Directory.GetDirectories(Folder).Select(Path.GetFileName).Except(["bin", "obj"]).Order());

    [Fact]
    public void The_operator_does_not_know_the_command_line() =>
        Assert.DoesNotContain("Cortex.Cli", string.Concat(Directory.GetFiles(Path.Combine(Repository.Root, "operator/Cortex.Operator"), "*.cs*", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText)), StringComparison.Ordinal);

    [GeneratedRegex(@"\bCortex\.Cli\.(?<room>\w+)\b")]
    private static partial Regex Use();
}
