using System.Text.RegularExpressions;

namespace Cortex.Core.Tests;

public sealed partial class Architecture
{
    private const string Targets = "operator/Cortex.Engine/Targets";

    /// <summary>A consumer takes the roles that it calls, so that a fake, or another target, needs no more than those.</summary>
    [Fact]
    public void Only_targets_and_their_registration_refer_to_the_sum_of_all_roles()
    {
        var users = SourceReferences.OfOperator().Where(file => file.Value.Contains($"{Targets}/IExecutionTarget.cs"))
            .Select(file => file.Key);

        Assert.Equal(
            [
                $"{Targets}/Kubernetes/KubernetesTarget.cs",
                $"{Targets}/Podman/PodmanTarget.cs",
                "operator/Cortex.Operator/Wiring/TargetRoles.cs",
            ],
            users.Order(StringComparer.Ordinal));
    }

    /// <summary>A target that lacks a capability does not have the role.</summary>
    [Fact]
    public void No_target_has_a_role_that_it_does_not_support() =>
        Assert.Empty(
            Repository.Files("operator/Cortex.Engine", "*.cs").Where(
                file => Unsupported().IsMatch(File.ReadAllText(file))).Select(Repository.Relative));

    [GeneratedRegex(@"\bNot(Supported|Implemented)Exception\b")]
    private static partial Regex Unsupported();
}
