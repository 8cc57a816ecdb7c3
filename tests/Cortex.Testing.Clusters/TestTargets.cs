namespace Cortex.Testing.Clusters;

/// <summary>Chooses the target by the environment.</summary>
public static class TestTargets
{
    /// <summary>The target of this test run.</summary>
    public static TestTarget Current { get; } = KubernetesTestTarget.FromEnvironment() is { } cluster ? cluster : new PodmanTestTarget();
}
