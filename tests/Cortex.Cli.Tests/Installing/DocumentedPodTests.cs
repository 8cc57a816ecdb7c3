using k8s;
using k8s.Models;

namespace Cortex.Cli.Tests.Installing;

/// <summary>
/// The pods in docs/kubernetes.md. A namespace may enforce the restricted pod security standard
/// (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
/// </summary>
public sealed class DocumentedPodTests
{
    [Fact]
    public void The_documented_client_pod_is_accepted_in_a_restricted_namespace()
    {
        var page = File.ReadAllText(Repository.Path("docs/kubernetes.md"));
        var pods = page.Split("```yaml\n").Skip(1).Select(block => block.Split("```")[0])
            .Where(
                block => block.Contains("kind: Pod\n", StringComparison.Ordinal)).Select(block => KubernetesYaml.Deserialize<V1Pod>(block))
                .ToList();

        Assert.NotEmpty(pods);
        Assert.All(pods, pod =>
        {
            var whole = pod.Spec.SecurityContext;
            Assert.True(whole.RunAsNonRoot);
            Assert.Equal("RuntimeDefault", whole.SeccompProfile.Type);
            Assert.All(
                pod.Spec.Volumes,
                volume => Assert.True(
                    volume.ConfigMap is not null
                    || volume.Secret is not null
                    || volume.Projected is not null
                    || volume.EmptyDir is not null));
            Assert.All(pod.Spec.Containers, container =>
            {
                Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
                Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            });
        });
    }
}
