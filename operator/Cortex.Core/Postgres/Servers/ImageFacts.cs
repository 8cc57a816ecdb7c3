namespace Cortex.Core.Postgres;

/// <summary>What an image was found to contain.</summary>
/// <param name="Id">The image's content id.</param>
/// <param name="PostgresVersion">In PostgreSQL's words, such as <c>17.6</c>.</param>
/// <param name="MajorVersion">One of the <see cref="SupportedVersions"/>.</param>
/// <param name="Uid">The user id of <c>postgres</c> in the image.</param>
/// <param name="Gid">Its group id.</param>
public sealed record ImageFacts(string Id, string PostgresVersion, int MajorVersion, int Uid, int Gid)
{
    /// <summary>What its PostgreSQL says about its parameters, if it was asked.</summary>
    public ServerParameters Parameters { get; init; } = ServerParameters.Usual;

    /// <summary>The version of its pgBackRest, such as <c>2.55.1</c>; null where it has none.</summary>
    public string? BackupVersion { get; init; }
}
