using System.Text;

namespace Cortex.Testing;

/// <summary>Which texts show that a secret can be read where they are found.</summary>
public static class SecretSearch
{
    private const string KeyBegins = "PRIVATE KEY-----\n";

    /// <summary>Shorter lines of a key's body could be anything.</summary>
    private const int ShortestLine = 16;

    /// <summary>
    /// Of a password, itself and its base64 without the end, which depends on what follows; of a key, each line of its body; of a
    /// certificate, nothing.
    /// </summary>
    public static IEnumerable<string> TextsOf(string secret)
    {
        if (secret.IndexOf(KeyBegins, StringComparison.Ordinal) is var at && at < 0)
        {
            return secret.Contains("-----BEGIN", StringComparison.Ordinal) ? [] : [secret, Base64WithoutEnd(secret)];
        }

        var body = secret[(at + KeyBegins.Length)..secret.LastIndexOf("-----END", StringComparison.Ordinal)];
        return body.Split('\n').Where(line => line.Length >= ShortestLine);
    }

    private static string Base64WithoutEnd(string secret) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)).TrimEnd('=')[..^(secret.Length % 3 == 0 ? 0 : 1)];
}
