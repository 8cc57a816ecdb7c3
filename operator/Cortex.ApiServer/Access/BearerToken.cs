using System.Security.Cryptography;
using System.Text;

namespace Cortex.ApiServer.Access;

/// <summary>The one secret that opens the API: random, in a private file, compared in constant time.</summary>
internal sealed class BearerToken(string text)
{
    private const string Scheme = "Bearer ";
    private readonly byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes(text));

    public string Text => text;

    public static BearerToken LoadOrCreate(string file)
    {
        if (File.Exists(file) && File.ReadAllText(file).Trim() is { Length: >= 32 } kept)
        {
            return new(kept);
        }

        var made = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        StateDirectory.Write(file, made + "\n");
        return new(made);
    }

    /// <summary>
    /// Whether an Authorization header carries the token. Digests are compared, so not even the length shows in the time taken.
    /// </summary>
    public bool Admits(string? header) => header is not null
        && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim())), digest);
}
