using FsCheck;
using FsCheck.Fluent;

namespace Cortex.Core.Tests;

internal static class PropertyChecks
{
    /// <summary>
    /// Tries the property with that many random inputs; a failure prints the smallest input that was found and the seed to repeat it.
    /// </summary>
    public static void Holds(this Property property, int times = 100) =>
        property.Check(Config.QuickThrowOnFailure.WithMaxTest(times).WithQuietOnSuccess(true));
}
