namespace Cortex.Core.Planning;

/// <summary>What a pass came to.</summary>
/// <param name="Doing">What is being done at this moment, null between passes.</param>
/// <param name="Failure">Why the pass stopped early, in words, null when it did not.</param>
public sealed record PassOutcome(string? Doing, string? Failure);
