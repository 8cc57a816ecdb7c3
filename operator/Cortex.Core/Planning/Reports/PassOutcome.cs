namespace Cortex.Core.Planning;

/// <summary>The outcome of a pass.</summary>
/// <param name="Doing">The step that runs at this moment, in words; null between passes.</param>
/// <param name="Failure">Why the pass stopped early, in words; null when it did not.</param>
public sealed record PassOutcome(string? Doing, string? Failure);
