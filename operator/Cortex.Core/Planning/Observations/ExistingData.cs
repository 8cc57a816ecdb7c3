namespace Cortex.Core.Planning;

/// <summary>What is known of the data that an instance has before it joins.</summary>
public enum ExistingData
{
    /// <summary>Those of a standby are left as they are; those of a former primary are rewound, or replaced where that does not work.</summary>
    Trusted,

    /// <summary>They left the primary's history: rewound, or replaced where that does not work.</summary>
    Diverged,

    /// <summary>The WAL that they need is gone: replaced.</summary>
    Behind,
}
