using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cortex.Core.Postgres;

/// <summary>
/// Passwords in the form that PostgreSQL stores, so that SQL, and with it the server's log, never contains the password itself.
/// </summary>
/// <remarks>RFC 5802 and 5803; https://www.postgresql.org/docs/current/catalog-pg-authid.html</remarks>
public static class ScramVerifier
{
    public const int DefaultIterations = 4096;

    public const int SaltBytes = 16;

    /// <summary>
    /// The limit for a verifier that is compared. A server may report two thousand million, with which one comparison would take a quarter
    /// of an hour.
    /// </summary>
    private const int MostIterations = 100_000;

    private const string Mechanism = "SCRAM-SHA-256";

    /// <summary><c>SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey</c>, for CREATE or ALTER ROLE in place of the password.</summary>
    /// <param name="salt">Random bytes, <see cref="SaltBytes"/> of them.</param>
    /// <exception cref="ArgumentException">The password is empty or has other characters than printable ASCII (which SASLprep might
    /// change, RFC 4013); the salt is shorter than <see cref="SaltBytes"/>.</exception>
    public static string Create(string password, ReadOnlySpan<byte> salt, int iterations = DefaultIterations)
    {
        if (!IsPassword(password))
        {
            throw new ArgumentException("A password must be of printable ASCII characters, at least one.", nameof(password));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(salt.Length, SaltBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 1);
        return Compute(password, salt, iterations);
    }

    /// <summary>Whether <see cref="Create"/> accepts it.</summary>
    public static bool IsPassword(string text) => text.Length > 0 && text.All(c => c is >= ' ' and <= '~');

    /// <summary>
    /// Whether a stored verifier matches this password; false for a text that is not such a verifier, or takes too long to compare.
    /// </summary>
    public static bool Matches(string? verifier, string password)
    {
        if (verifier?.Split('$') is not [Mechanism, var work, _]
            || work.Split(':') is not [var count, var salt]
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            || iterations is < 1 or > MostIterations
            || salt.Length > 256)
        {
            return false;
        }

        var bytes = new byte[salt.Length];
        return Convert.TryFromBase64String(salt, bytes, out var length)
            && CryptographicOperations.FixedTimeEquals(
                Encoding.ASCII.GetBytes(Compute(password, bytes.AsSpan(0, length), iterations)), Encoding.ASCII.GetBytes(verifier));
    }

    private static string Compute(string password, ReadOnlySpan<byte> salt, int iterations)
    {
        var passwordBytes = Encoding.UTF8.GetBytes(password);
        var salted = Rfc2898DeriveBytes.Pbkdf2(passwordBytes, salt, iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var storedKey = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        var keys = $"{Convert.ToBase64String(storedKey)}:{Convert.ToBase64String(serverKey)}";
        return string.Create(CultureInfo.InvariantCulture, $"{Mechanism}${iterations}:{Convert.ToBase64String(salt)}${keys}");
    }
}
