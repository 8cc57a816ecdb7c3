namespace Cortex.Core.Postgres;

/// <summary>
/// The major versions of PostgreSQL that an image may have. Beyond the documentation, the operator relies on the beginning of a control
/// file (<see cref="ControlFile"/>) and on the names in <see cref="SessionOptions"/>. A test compares every text about the range with this
/// class.
/// </summary>
public static class SupportedVersions
{
    public const int Oldest = 15;

    public const int Newest = 19;

    /// <summary>For sentences.</summary>
    public static string Range { get; } = $"{Oldest} to {Newest}";

    public static bool Contains(int major) => major is >= Oldest and <= Newest;
}
