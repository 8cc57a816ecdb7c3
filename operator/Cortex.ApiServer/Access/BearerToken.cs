using System.Security.Cryptography;
using System.Text;

namespace Cortex.ApiServer.Access;

/// <summary>The only secret of the API: random, stored in a private file, compared in constant time.</summary>
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
    /// Whether an Authorization header contains the token. Digests are compared, so the time taken does not even reveal the length.
    /// </summary>
    public bool Admits(string? header) => header is not null
        && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim())), digest);
}
