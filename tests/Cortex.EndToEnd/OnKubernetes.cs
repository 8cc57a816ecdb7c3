namespace Cortex.EndToEnd;

/// <summary>
/// The tests of which each needs the Kubernetes cluster in a state that another would disturb. By default one class follows the other. Faster is a run for each trait
/// Round, one after the other, in which tests run side by side (<c>-parallelMode all</c>): Everywhere, whose operator would take the clusters of all others; Apart, whose
/// operators keep to a namespace each; Alone, which stops the API server.
/// </summary>
[CollectionDefinition]
public sealed class OnKubernetes;
