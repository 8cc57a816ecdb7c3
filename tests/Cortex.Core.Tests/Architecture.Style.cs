using Cortex.Core.Tests.Builders;

namespace Cortex.Core.Tests;

public sealed partial class Architecture
{
    private const int LongestLine = 140;

    /// <summary>The folders that keep to the rules of style below. A folder is added as soon as its sources keep to them.</summary>
    public static TheoryData<string> StyledFolders =>
    [
        "operator/Cortex.ApiServer",
        "operator/Cortex.Runtime",
        "tests/Cortex.ApiServer.Tests",
        "tests/Cortex.Runtime.Tests",
    ];

    [Theory, MemberData(nameof(StyledFolders))]
    public void No_line_is_too_long_to_be_read_beside_another_file(string folder) =>
        Assert.Empty(
            from file in StyledSources(folder)
            from line in File.ReadLines(file).Select((text, index) => (Text: text, Number: index + 1))
            where line.Text.Length > LongestLine
            select $"{Repository.Relative(file)}:{line.Number}");

    private static List<string> StyledSources(string folder)
    {
        var sources = Repository.Files(folder, "*.cs").ToList();
        Assert.NotEmpty(sources);
        return sources;
    }
}
