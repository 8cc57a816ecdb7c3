namespace Cortex.Core.Planning;

/// <summary>What is known about the data of an instance before it joins.</summary>
public enum ExistingData
{
    /// <summary>
    /// The data of a standby are left as they are. The data of a former primary are rewound, or replaced where a rewind is not possible.
    /// </summary>
    Trusted,

    /// <summary>They left the primary's history: they are rewound, or replaced where a rewind is not possible.</summary>
    Diverged,

    /// <summary>The WAL that they need is gone: they are replaced.</summary>
    Behind,
}
