namespace Cortex.Core.Tests.Worlds;

/// <summary>An invariant does not hold.</summary>
internal sealed class BrokenInvariant(string what) : Exception(what);

/// <summary>A step did not succeed; the engine ends the pass.</summary>
internal sealed class StepFailed(string why) : Exception(why);
