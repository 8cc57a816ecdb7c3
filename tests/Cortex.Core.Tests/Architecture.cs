using System.Diagnostics;
using System.Text.RegularExpressions;
using Cortex.Core.Tests.Builders;

namespace Cortex.Core.Tests;

/// <summary>Rules that make the code easy to find and to read, checked on the sources themselves.</summary>
public sealed partial class Architecture
{
    private const int LongestFile = 300;

    /// <summary>
    /// Each may use those before it. Pki and Postgres do not depend on each other, except for the roles that certificates name.
    /// </summary>
    private static readonly string[] Layers = ["Api", "Postgres", "Naming", "Pki", "Backup", "Restoring", "Manifests", "Planning"];

    [Theory]
    [InlineData("Api")]
    [InlineData("Postgres")]
    [InlineData("Naming")]
    [InlineData("Pki")]
    [InlineData("Backup")]
    [InlineData("Restoring")]
    [InlineData("Manifests")]
    [InlineData("Planning")]
    public void Namespaces_of_the_core_refer_to_lower_ones_only(string layer)
    {
        var above = Layers.Skip(Array.IndexOf(Layers, layer) + 1).ToList();
        var sources = Repository.Files($"operator/Cortex.Core/{layer}", "*.cs").ToList();

        Assert.NotEmpty(sources);
        Assert.Empty(
            from file in sources
            from Match use in CoreNamespace().Matches(File.ReadAllText(file))
            where above.Contains(use.Groups["layer"].Value)
            select $"{Repository.Relative(file)} uses {use.Groups["layer"].Value}");
    }

    [Fact]
    public void Every_folder_of_the_core_has_its_layer() =>
        Assert.Empty(Directory.GetDirectories(Repository.Path("operator/Cortex.Core")).Select(Path.GetFileName)
            .Except([.. Layers, "bin", "obj"]));

    [Fact]
    public void No_files_refer_to_each_other_in_a_circle()
    {
        var references = SourceReferences.OfTypes();
        var circles = SourceReferences.Circles(references)
                .Select(circle => string.Join("; ", circle.Select(file => $"{file} -> {Names(references[file].Intersect(circle))}")));

        var found = string.Join('\n', circles);
        Assert.True(found.Length == 0, found);
    }

    [Fact]
    public void No_source_file_is_too_long_to_be_read_at_once() =>
        Assert.Empty(Sources().Where(file => File.ReadLines(file).Count() > LongestFile).Select(Repository.Relative));

    [Fact]
    public void No_file_is_named_after_nothing() =>
        Assert.Empty(Sources().Where(file => VagueName().IsMatch(Path.GetFileNameWithoutExtension(file))).Select(Repository.Relative));

    [Fact]
    public void Nothing_is_left_to_be_done_later() =>
        Assert.Empty(Sources().Where(file => Later().IsMatch(File.ReadAllText(file))).Select(Repository.Relative));

    /// <summary>Cortex.EndToEnd has lanes of its own; a project whose name begins with Cortex.Testing is a library.</summary>
    [Theory]
    [InlineData("unit_suites", "namespace ")]
    [InlineData("podman_suites", "[Trait(\"Tier\", \"podman\")]")]
    [InlineData("fuzz_suites", "[Trait(\"Kind\", \"fuzz\")]")]
    public void Every_test_project_is_in_the_lanes_that_it_has_tests_for(string lane, string mark)
    {
        var suites = File.ReadAllText(Repository.Path("scripts/test-lanes.sh"));
        var listed = Regex.Match(suites, $@"^{lane}=\((?<names>[^)]*)\)", RegexOptions.Multiline).Groups["names"].Value;
        var projects = Directory.GetDirectories(Repository.Path("tests"), "Cortex.*").Select(Path.GetFileName)
            .Where(name => name != "Cortex.EndToEnd" && !name!.StartsWith("Cortex.Testing", StringComparison.Ordinal));

        Assert.Equal(
            projects.Where(name => Repository.Files($"tests/{name}", "*.cs")
                .Any(file => File.ReadAllText(file).Contains(mark, StringComparison.Ordinal))).Order(),
            listed.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Order());
    }

    /// <summary>By the dialect that the first line names; scripts without one are composed by the core and run by <c>sh</c>.</summary>
    [Theory]
    [InlineData("sh", "#!/bin/sh", "")]
    [InlineData("bash", "#!/usr/bin/env bash", "# shellcheck shell=bash")]
    public void Shell_scripts_pass_shellcheck(string dialect, string first, string orFirst)
    {
        Assert.SkipUnless(Tool.Find("shellcheck") is not null, "shellcheck is not on PATH");
        var scripts = Sources().Where(IsShell).Where(file => HasDialect(file, dialect, [first, orFirst])).ToList();

        // A script that another one sources is named by its path from the root.
        var start = new ProcessStartInfo("shellcheck", ["-x", "-s", dialect, .. scripts])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Repository.Path(""),
        };
        using var check = Process.Start(start)!;
        var complaints = check.StandardOutput.ReadToEnd();
        check.WaitForExit();

        Assert.True(scripts.Count == 0 || check.ExitCode == 0, complaints);
    }

    private static string Names(IEnumerable<string> files) => string.Join(", ", files.Select(Path.GetFileName));

    private static bool HasDialect(string file, string dialect, string[] firstLines)
    {
        var line = File.ReadLines(file).First();
        var isFragment = !line.StartsWith("#!", StringComparison.Ordinal) && file.Contains("/operator/", StringComparison.Ordinal);
        return firstLines.Contains(line) || (dialect == "sh" && isFragment);
    }

    private static bool IsShell(string file) =>
        file.EndsWith(".sh", StringComparison.Ordinal) || File.ReadLines(file).FirstOrDefault() is "#!/bin/sh" or "#!/usr/bin/env bash";

    private static IEnumerable<string> Sources() =>
        Repository.Files("operator", "*").Concat(Repository.Files("tests", "*")).Concat(Repository.Files("images", "*"))
            .Concat(Repository.Files("scripts", "*")).Concat(Repository.Files(".ci", "*"))
            .Where(file => Path.GetExtension(file) is ".cs" or ".sh" || (Path.GetExtension(file) == "" && IsShell(file)))
            .Append(Repository.Path("cortex")).Where(File.Exists);

    [GeneratedRegex(
        @"\bCortex\.Core\.(?<layer>Api|Postgres|Naming|Pki|Backup|Restoring|Manifests|Planning)\b"
        + @"|(?<![\w.])(?<layer>Manifests|Planning|Naming|Pki)\.[A-Z]")]
    private static partial Regex CoreNamespace();

    [GeneratedRegex("(Utils?|Helpers?|Manager|Common|Misc)$")]
    private static partial Regex VagueName();

    // Written apart, so that this line is not found itself.
    [GeneratedRegex(@"\bTO" + @"DO\b|\bFIX" + @"ME\b")]
    private static partial Regex Later();
}
