namespace Cortex.Testing;

/// <summary>The Helm that tests run with: the one that tests/helm/helm.sh gets, else the one on PATH.</summary>
public static class Helm
{
    private const string Maker = "tests/helm/helm.sh --make";

    /// <summary>Null where no Helm was found.</summary>
    public static string? Program { get; } =
        Path.Combine(Machine.Cache, "helm/helm") is var made && File.Exists(made) ? made : Tool.Find("helm");

    /// <summary>Where it is missing the test is skipped with the reason; on CI, where it must be there, it fails.</summary>
    public static string Demand()
    {
        const string Reason = $"Helm is missing; {Maker} gets it, or says why it cannot";
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.True(Program is not null, Reason);
        }

        Assert.SkipWhen(Program is null, Reason);
        return Program!;
    }
}
