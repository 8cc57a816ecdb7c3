namespace Cortex.EndToEnd.Installed;

/// <summary>
/// The tests that need the Kubernetes cluster in a state that others would disturb. Each has a trait Round, and the lane runs the rounds one after the other: Everywhere, whose operator
/// would take the clusters of all others; Apart, whose operators keep to a namespace each; Charted, whose operator is installed by Helm for all of them; Alone, which stops the API server.
/// </summary>
[CollectionDefinition]
public sealed class OnKubernetes;
