namespace Cortex.Core.Postgres;

/// <summary>Passwords made from random bytes of the caller.</summary>
public static class Password
{
    public const int LeastBytes = 20;

    // 32 of them, so that the low five bits of a byte choose evenly. No two look alike (no i, l, o, u).
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>One character, worth five bits, for each byte; needs no quoting in SQL, shells, URIs or passfiles.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than <see cref="LeastBytes"/> bytes, that is 100 bits.</exception>
    public static string Generate(ReadOnlySpan<byte> random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(random.Length, LeastBytes);
        var password = new char[random.Length];
        for (var at = 0; at < password.Length; at++)
        {
            password[at] = Alphabet[random[at] % Alphabet.Length];
        }

        return new string(password);
    }
}
