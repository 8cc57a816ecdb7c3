using Cortex.Core.Planning;

namespace Cortex.Engine.Targets;

/// <summary>
/// The target refused or could not be reached. The message, which status and events show, is <see cref="What"/> and the remedy after it.
/// </summary>
public sealed class TargetException : Exception
{
    public TargetException(string what, Exception? cause = null)
        : base(what, cause) => What = what;

    /// <param name="what">What is wrong.</param>
    /// <param name="remedy">What the user can do next.</param>
    /// <param name="cause">The exception behind it.</param>
    public TargetException(string what, string remedy, Exception? cause = null)
        : base($"{what}; {remedy}", cause) => (What, Remedy) = (what, remedy);

    public string What { get; }

    /// <summary>Null where the user can only wait, or has to find the cause.</summary>
    public string? Remedy { get; }
}

/// <summary>A name that the cluster needs is taken by an object of another owner.</summary>
public sealed class ForeignObjectException(ForeignObject thing) : Exception($"{WhatOf(thing)}; {RemedyOf(thing)}")
{
    public string What { get; } = WhatOf(thing);

    public string Remedy { get; } = RemedyOf(thing);

    private static string WhatOf(ForeignObject thing) => $"{thing.Kind} {thing.Name} belongs to {thing.Owner}";

    private static string RemedyOf(ForeignObject thing) => $"rename the cluster or remove the {thing.Kind}";
}
