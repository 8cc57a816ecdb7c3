using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cortex.Testing;

/// <summary>One kubectl. Its <see cref="ToString"/> stands in the name of each test that runs with it.</summary>
/// <param name="Origin">Where it comes from: oldest, newest, PATH, or the path that a developer has named.</param>
/// <param name="Version">As in 1.36.4; empty when it is missing or does not run.</param>
public sealed record KubectlProgram(string Origin, string Path, string Version)
{
    /// <summary>The 36 of 1.36.4.</summary>
    public int Minor => int.Parse(Regex.Match(Version, @"^1\.(\d+)").Groups[1].Value, CultureInfo.InvariantCulture);

    public bool Runs => Version.Length > 0;

    public override string ToString() => Runs ? $"{Origin} {Version}" : $"{Origin} missing";
}

/// <summary>
/// Every kubectl that tests run with: the oldest and the newest that tests/kubectls/kubectl.sh makes, and the one on PATH when it is a
/// third.
/// </summary>
public static class Kubectls
{
    /// <summary>The variable with further programs, as a list of paths separated by colons.</summary>
    private const string Named = "CORTEX_TEST_KUBECTL";
    private const string Maker = "tests/kubectls/kubectl.sh --make";

    public static IReadOnlyList<KubectlProgram> All { get; } = Find();

    /// <summary>Data of a theory: the names of <see cref="All"/>.</summary>
    public static TheoryData<string> Names => [.. All.Select(k => k.ToString())];

    /// <summary>
    /// The kubectl of that name. Where it is missing the test is skipped with the reason; on CI, where each must be there, it fails.
    /// </summary>
    public static KubectlProgram Get(string name)
    {
        var kubectl = All.Single(k => k.ToString() == name);
        var reason = $"{kubectl.Path} is missing or does not run; {Maker} makes the oldest and the newest, or says why it cannot";
        if (Variable("CI") == "true")
        {
            Assert.True(kubectl.Runs, reason);
        }

        Assert.SkipUnless(kubectl.Runs, reason);
        return kubectl;
    }

    private static List<KubectlProgram> Find()
    {
        string[] made = ["oldest", "newest"];
        List<KubectlProgram> found = [.. made.Select(m => Look(m, Path.Combine(Machine.Cache, "kubectls", m, "kubectl")))];
        if (Tool.Find("kubectl") is { } installed
            && Look("PATH", installed) is var own && found.TrueForAll(k => k.Version != own.Version))
        {
            found.Add(own);
        }

        return [.. found, .. Variable(Named).Split(':', StringSplitOptions.RemoveEmptyEntries).Select(p => Look(p, p))];
    }

    private static KubectlProgram Look(string origin, string path) => new(origin, path, File.Exists(path) ? VersionOf(path) : "");

    private static string VersionOf(string path)
    {
        using var process = Process.Start(
            new ProcessStartInfo(path, ["version", "--client", "--output", "json"]) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonDocument.Parse(output).RootElement.GetProperty("clientVersion").GetProperty("gitVersion").GetString()!.TrimStart('v')
            : "";
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? "";
}
