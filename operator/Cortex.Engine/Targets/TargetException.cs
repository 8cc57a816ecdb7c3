using Cortex.Core.Planning;

namespace Cortex.Engine.Targets;

/// <summary>The target refused or could not be reached; the message says what to do next.</summary>
public sealed class TargetException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>A name that the cluster needs is taken by an object of another owner.</summary>
public sealed class ForeignObjectException(ForeignObject thing)
    : Exception($"{thing.Kind} {thing.Name} belongs to {thing.Owner}; rename the cluster or remove the {thing.Kind}")
{
    public ForeignObject Thing { get; } = thing;
}
