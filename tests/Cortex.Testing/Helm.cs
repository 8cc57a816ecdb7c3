namespace Cortex.Testing;

/// <summary>The Helm that tests run with: the one that tests/helm/helm.sh gets, else the one on PATH.</summary>
public static class Helm
{
    private const string Maker = "tests/helm/helm.sh --make";

    /// <summary>Null where there is none.</summary>
    public static string? Program { get; } = new[] { Path.Combine(Cache, "cortex/helm/helm") }
        .Concat(Variable("PATH").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, "helm"))).FirstOrDefault(File.Exists);

    private static string Cache => Variable("XDG_CACHE_HOME") is { Length: > 0 } folder ? folder : Path.Combine(Variable("HOME"), ".cache");

    /// <summary>Where it is missing the test is skipped with the reason; on CI, where it must be there, it fails.</summary>
    public static string Demand()
    {
        const string Reason = $"Helm is missing; {Maker} gets it, or says why it cannot";
        if (Variable("CI") == "true")
        {
            Assert.True(Program is not null, Reason);
        }

        Assert.SkipWhen(Program is null, Reason);
        return Program!;
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? "";
}
