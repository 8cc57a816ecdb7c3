using System.Text.RegularExpressions;
using Cortex.Core.Naming;
using Cortex.Core.Tests.Builders;

namespace Cortex.Core.Tests;

/// <summary>
/// A container under a name that a one-shot needs prevents that one-shot. Each of these names is known, so that the container is reported
/// as a conflict.
/// </summary>
public sealed partial class OneShotNames
{
    [Fact]
    public void Every_one_shot_of_the_operator_has_a_name_that_is_known()
    {
        var sources = string.Concat(Repository.Files("operator", "*.cs").Select(File.ReadAllText));
        var names = Name().Matches(sources).Select(match => match.Groups["name"].Value).Distinct().ToList();

        Assert.Equal(Made().Count(sources), Name().Count(sources));
        Assert.Contains(nameof(Names.Examiner), names);
        Assert.All(names, name => Assert.True(Names.IsOneShot("cortex", NameOf(name)), name));
    }
private static string NameOf(string method)
{
    var argument = method is nameof(Names.OneShot) or nameof(Names.Backup) ? "cortex-s1" : "cortex";
    return (string)typeof(Names).GetMethod(method)!.Invoke(null, [argument])!;
}
    [Theory]
    [InlineData("cortex-s1-task", true, true)]
    [InlineData("cortex-pr-postgres", false, true)]
    [InlineData("cortex-prover", true, true)]
    [InlineData("cortex-s01-task", false, false)]
    [InlineData("cortex-task", false, false)]
    [InlineData("cortex2-examiner", false, false)]
    [InlineData("other", false, false)]
    public void Names_of_others_are_not_taken_for_ours(string name, bool isOneShot, bool isContainer) =>
        Assert.Equal((isOneShot, isContainer), (Names.IsOneShot("cortex", name), Names.IsContainer("cortex", name)));

    [GeneratedRegex(@"new OneShot\s*\{|OneShot \w+\([^)]*\) => new\(\)")]
    private static partial Regex Made();

    [GeneratedRegex(@"Cluster = [^,]+,\s*Name = Names\.(?<name>\w+)\(")]
    private static partial Regex Name();
}
