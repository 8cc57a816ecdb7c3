using System.Text.RegularExpressions;

namespace Cortex.Core.Tests;

public sealed partial class Architecture
{
    private const int LongestLine = 140;

    /// <summary>The page that lists the words to avoid.</summary>
    private const string Glossary = "docs/glossary.md";

    /// <summary>Those of the containers are beside the sources.</summary>
    private static readonly string[] SourcesAndScripts = ["*.cs", "*.sh"];

    /// <summary>All files with words in them.</summary>
    private static readonly string[] Texts =
        [.. SourcesAndScripts, "*.csproj", "*.go", "*.jq", "*.md", "*.props", "*.schema.json", "*.txt", "*.yaml", "Containerfile"];

    private static readonly string[] Plain =
    [
        "operator/Cortex.ApiServer",
        "operator/Cortex.Cli",
        "operator/Cortex.Core",
        "operator/Cortex.Engine",
        "operator/Cortex.Operator",
        "operator/Cortex.Operator.KubeOps",
        "operator/Cortex.Runtime",
        "tests/Cortex.ApiServer.Tests",
        "tests/Cortex.Chaos",
        "tests/Cortex.Cli.Tests",
        "tests/Cortex.Core.Tests",
        "tests/Cortex.EndToEnd",
        "tests/Cortex.Engine.Tests",
        "tests/Cortex.Operator.Tests",
        "tests/Cortex.Runtime.Tests",
        "tests/Cortex.Testing",
        "tests/Cortex.Testing.Clusters",
    ];

    /// <summary>Scripts, pages, definitions and manifests beside the sources. Their lines may be longer.</summary>
    private static readonly string[] BesideTheSources =
    [
        ".ci/run",
        "CONTRIBUTING.md",
        "Directory.Build.props",
        "Directory.Packages.props",
        "Dockerfile",
        "Makefile",
        "README.md",
        "charts",
        "cortex",
        "crds",
        "docs",
        "images",
        "manifests",
        "scripts",
        "tests/bench",
        "tests/charts",
        "tests/helm",
        "tests/kubectls",
        "tests/kubernetes",
        "tests/machines",
        "tests/podmans",
    ];

    /// <summary>The folders that keep to the rules of style below. A folder is added as soon as its sources keep to them.</summary>
    public static TheoryData<string> StyledFolders => [.. Plain];

    /// <summary>The folders and files whose names and texts use plain words.</summary>
    public static TheoryData<string> PlainlyWorded => [.. Plain, .. BesideTheSources];

    [Theory, MemberData(nameof(StyledFolders))]
    public void No_line_is_too_long_to_be_read_beside_another_file(string folder) =>
        Assert.Empty(
            from line in StyledLines(folder, SourcesAndScripts)
            where line.Text.Length > LongestLine
            select line.Place);

    /// <summary>
    /// A name such as <c>Longest</c> does not say whether the code gives up, waits or looks again after that time. The exceptions are
    /// units, and names that say it in another way.
    /// </summary>
    [Fact]
    public void The_name_of_a_fixed_time_says_what_the_time_is_for()
    {
        string[] exceptions = ["Minute", "Second", "Lifetime"];
        var names =
            (from line in StyledLines("operator", ["*.cs"])
             from Match found in FixedTime().Matches(line.Text)
             select (line.Place, Name: found.Groups["name"].Value)).ToList();

        Assert.NotEmpty(names);
        Assert.Empty(
            from item in names
            where !exceptions.Contains(item.Name) && !NameOfTime().IsMatch(item.Name)
            select $"{item.Place}: {item.Name}");
    }

    [Theory, MemberData(nameof(PlainlyWorded))]
    public void Names_and_texts_use_plain_words(string folder)
    {
        var avoided = TableOfGlossary("| avoid | write |").SelectMany(cell => cell.Split(", "))
            .Select(word => word.Replace(" ", @"\s+", StringComparison.Ordinal));
        var words = new Regex($@"\b({string.Join('|', avoided)})\b", RegexOptions.IgnoreCase);

        Assert.Empty(
            from line in StyledLines(folder, Texts)
            from Match found in words.Matches(WordBoundary().Replace(line.Text, " "))
            select $"{line.Place}: {found.Value}");
    }

    [Fact]
    public void The_glossary_is_in_alphabetical_order()
    {
        var terms = TableOfGlossary("| term | meaning |");

        Assert.Equal(terms.Order(StringComparer.OrdinalIgnoreCase), terms);
    }

    /// <param name="place">A folder, or a file.</param>
    private static List<(string Place, string Text)> StyledLines(string place, string[] patterns)
    {
        List<string> sources = File.Exists(Repository.Path(place))
            ? [Repository.Path(place)]
            : [.. patterns.SelectMany(pattern => Repository.Files(place, pattern)).Where(file => Repository.Relative(file) != Glossary)];
        Assert.NotEmpty(sources);
        return
        [
            .. from file in sources
               from line in File.ReadLines(file).Select((text, index) => (Text: text, Number: index + 1))
               select ($"{Repository.Relative(file)}:{line.Number}", line.Text),
        ];
    }

    /// <summary>The first column of a table in the glossary.</summary>
    private static List<string> TableOfGlossary(string header)
    {
        var rows = File.ReadLines(Repository.Path(Glossary)).SkipWhile(line => line != header).Skip(2);
        List<string> cells = [.. rows.TakeWhile(line => line.StartsWith('|')).Select(line => line.Split('|')[1].Trim())];
        Assert.NotEmpty(cells);
        return cells;
    }

    [GeneratedRegex(@"\bstatic readonly TimeSpan (?<name>\w+)")]
    private static partial Regex FixedTime();

    /// <summary>Those with a preposition say it in words: <c>RenewBefore</c>, <c>StuckAfter</c>, <c>ReadingIsFreshFor</c>.</summary>
    [GeneratedRegex("\\w(Delay|Duration|Interval|Lifetime|Limit|Timeout|Tolerance|Window|After|Before|For)$")]
    private static partial Regex NameOfTime();

    /// <summary>Names of types and tests consist of words, too.</summary>
    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])|_")]
    private static partial Regex WordBoundary();
}
