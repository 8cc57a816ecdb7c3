namespace Cortex.EndToEnd.Installed;

/// <summary>
/// Tests that need the Kubernetes cluster in a state that disturbs other tests. Each has a trait Round, and the lane runs the rounds one
/// after the other: Everywhere, whose operator reconciles the clusters of every namespace; Apart, whose operators use one namespace each;
/// Charted, whose operator is installed by Helm for every namespace; Alone, which stops the API server.
/// </summary>
[CollectionDefinition]
public sealed class OnKubernetes;
