namespace Cortex.Core.Postgres;

/// <summary>
/// The major versions of PostgreSQL that an image may have. What is relied on beyond the documentation is the beginning of a control file (<see cref="ControlFile"/>) and the
/// names in <see cref="SessionOptions"/>; a test holds what is written of the range elsewhere against this.
/// </summary>
public static class SupportedVersions
{
    public const int Oldest = 15;

    public const int Newest = 19;

    /// <summary>For sentences.</summary>
    public static string Range { get; } = $"{Oldest} to {Newest}";

    public static bool Contains(int major) => major is >= Oldest and <= Newest;
}
