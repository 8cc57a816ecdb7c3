using System.Text.Json.Serialization;

namespace Cortex.Core.Api;

/// <summary>A repository in a bucket. Several clusters may share a bucket: each has a folder of its own in it.</summary>
public sealed record S3RepositorySpec
{
    /// <summary>
    /// The host of the service, and its port where that is not 443. It is reached by TLS only, and its certificate is verified.
    /// </summary>
    public string? Endpoint { get; init; }

    public string? Bucket { get; init; }

    public string? Region { get; init; }

    /// <summary>The folder in the bucket that has the folders of the clusters; null: the bucket itself.</summary>
    public string? Path { get; init; }

    public S3UriStyle UriStyle { get; init; }

    /// <summary>The name of a secret of the user, with the lines <c>accessKey: …</c> and <c>secretKey: …</c>.</summary>
    public string? CredentialsSecret { get; init; }

    /// <summary>The name of a secret with the certificates of authorities, in PEM; null: those that the image trusts.</summary>
    public string? CaSecret { get; init; }
}

/// <summary>Where the name of a bucket is in an address.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<S3UriStyle>))]
public enum S3UriStyle
{
    /// <summary>Before the host.</summary>
    Host,

    /// <summary>In the path.</summary>
    Path,
}
