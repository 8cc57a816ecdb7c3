using Cortex.Core.Api;

namespace Cortex.Core.Backup;

/// <summary>
/// What pgBackRest says of a repository that it cannot decrypt. To it, a file that was decrypted with another passphrase has a wrong
/// format, and it quotes bytes of the file; so its words are replaced.
/// </summary>
public static class EncryptionWords
{
    private static readonly string[] OfMismatch =
    [
        "CryptoError", "[FormatError] unable to load info file", "FormatError: key/value found outside of section",
        "[029]: unable to load info file", "[095]: ",
    ];

    /// <summary>Whether they say that the repository cannot be opened with the passphrase, or without one.</summary>
    public static bool SayMismatch(string? words) =>
        words is not null && OfMismatch.Any(part => words.Contains(part, StringComparison.Ordinal));

    /// <summary>What is the matter with a folder of a repository, after its name.</summary>
    public static string Mismatch(EncryptionSpec? encryption) => encryption?.PassphraseSecret is { } secret
        ? $"cannot be opened with the passphrase in the secret {secret}: it was made with another one or without encryption, or is damaged"
        : "cannot be opened without a passphrase: it was made with encryption, or it is damaged";
}
