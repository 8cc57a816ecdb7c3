using System.Text.RegularExpressions;
using Cortex.Core.Postgres;
using Cortex.Core.Tests.Builders;

namespace Cortex.Core.Tests.Postgres;

public sealed partial class SupportedVersionsTests
{
    [Theory]
    [InlineData(SupportedVersions.Oldest - 1, false)]
    [InlineData(SupportedVersions.Oldest, true)]
    [InlineData(SupportedVersions.Newest, true)]
    [InlineData(SupportedVersions.Newest + 1, false)]
    public void The_oldest_and_the_newest_are_both_supported(int major, bool supported) =>
        Assert.Equal(supported, SupportedVersions.Contains(major));

    [Fact]
    public void What_is_written_of_the_range_is_that_range()
    {
        string[] files =
        [
            Repository.Path("README.md"), .. Repository.Files("docs", "*.md"),
            .. Repository.Files("crds", "*.yaml"), .. Repository.Files("manifests", "*.yaml"),
            .. Repository.Files("charts", "*.yaml"), .. Repository.Files("operator", "*.cs"),
        ];
        var written = files.SelectMany(file => Range().Matches(File.ReadAllText(file))
            .Select(match => (File: Repository.Relative(file), match.Groups["range"].Value))).ToList();

        Assert.Contains(written, entry => entry.File.StartsWith("crds", StringComparison.Ordinal));
        Assert.Contains(written, entry => entry.File.StartsWith("docs", StringComparison.Ordinal));
        Assert.All(written, entry => Assert.Equal((entry.File, SupportedVersions.Range), entry));
    }

    [GeneratedRegex(@"\b(PostgreSQL|versions) (?<range>[0-9]+ to [0-9]+)\b")]
    private static partial Regex Range();
}
