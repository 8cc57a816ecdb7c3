using Cortex.Operator.Wiring;
using k8s.Models;
using KubeOps.Abstractions.Crds;

namespace Cortex.Operator.KubeOps;

/// <summary>
/// The definitions of <c>crds/</c>, which a test holds equal to the C# types, instead of what KubeOps would make of the types: that knows neither our rules nor our defaults.
/// </summary>
internal sealed class SharedDefinitions : ICrdResourceFactory
{
    public IEnumerable<V1CustomResourceDefinition> CreateCustomResourceDefinitions(IReadOnlyCollection<Type> entityTypes) => CustomResources.Definitions();
}
