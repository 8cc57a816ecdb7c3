using Cortex.Operator.Wiring;
using k8s.Models;
using KubeOps.Abstractions.Crds;

namespace Cortex.Operator.KubeOps;

/// <summary>
/// The definitions of <c>crds/</c>, which a test compares with the C# types, instead of definitions that KubeOps would generate: those lack
/// rules and defaults.
/// </summary>
internal sealed class SharedDefinitions : ICrdResourceFactory
{
    public IEnumerable<V1CustomResourceDefinition> CreateCustomResourceDefinitions(IReadOnlyCollection<Type> entityTypes) =>
        CustomResources.Definitions();
}
