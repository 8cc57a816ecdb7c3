namespace Cortex.Core.Api;

/// <summary>What an image was found to hold.</summary>
/// <param name="Id">The image's content id.</param>
/// <param name="PostgresVersion">As PostgreSQL says it, such as <c>17.6</c>.</param>
/// <param name="MajorVersion">15 to 18.</param>
/// <param name="Uid">The user id of <c>postgres</c> in the image.</param>
/// <param name="Gid">Its group id.</param>
public sealed record ImageFacts(string Id, string PostgresVersion, int MajorVersion, int Uid, int Gid);
