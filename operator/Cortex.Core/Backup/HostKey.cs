using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Cortex.Core.Backup;

/// <summary>The key by which a server of SFTP is known, as a user copies it.</summary>
public static partial class HostKey
{
    private const string Prefix = "SHA256:";

    /// <summary>
    /// In the order in which libssh2, the library of pgBackRest, asks for them: a server that has several proves itself with the first.
    /// </summary>
    private static readonly string[] Types =
        ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-ed25519", "ssh-rsa"];

    /// <summary>
    /// The SHA-256 of the key in hexadecimal digits, as pgBackRest takes it. Of several keys it is the one that the server proves itself
    /// with. Null where the text is neither what ssh-keyscan prints nor a fingerprint of ssh-keygen.
    /// </summary>
    public static string? Digest(string? text)
    {
        text = text?.Trim() ?? "";
        if (Printed().Match(text) is { Success: true } printed)
        {
            // ssh-keygen prints Base64 without padding.
            var hash = Bytes($"{printed.Groups["hash"].Value}=");
            return hash?.Length == SHA256.HashSizeInBytes ? Convert.ToHexStringLower(hash) : null;
        }

        var lines = text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith('#'));
        var keys = lines.Select(line => Line().Match(line)).ToList();
        var known = keys.Where(key => Types.Contains(key.Groups["type"].Value)).ToList();
        return known.Count == 0 || keys.Exists(key => !key.Success) || known.Exists(key => Key(key) is null) ? null
            : Convert.ToHexStringLower(SHA256.HashData(Key(known.MinBy(key => Types.IndexOf(key.Groups["type"].Value))!)!));
    }

    /// <summary>The fingerprint of a key as ssh-keygen prints it. The digits are those of pgBackRest.</summary>
    public static string Fingerprint(string digits) => $"{Prefix}{Convert.ToBase64String(Convert.FromHexString(digits)).TrimEnd('=')}";

    /// <summary>
    /// The bytes of a key, which begin with its type and are fields with their lengths (RFC 4253, section 6.6). Null where the line is cut
    /// off.
    /// </summary>
    private static byte[]? Key(Match line)
    {
        if (Bytes(line.Groups["key"].Value) is not { } bytes)
        {
            return null;
        }

        var rest = bytes.AsSpan();
        var begins = Field(ref rest).SequenceEqual(Encoding.ASCII.GetBytes(line.Groups["type"].Value));
        var fields = 1;
        while (rest.Length > 0 && Field(ref rest).Length > 0)
        {
            fields++;
        }

        return begins && fields > 1 && rest.Length == 0 ? bytes : null;
    }

    /// <summary>Takes the first field; nothing where it is longer than what follows.</summary>
    private static ReadOnlySpan<byte> Field(ref Span<byte> rest)
    {
        if (rest.Length < sizeof(int) || BinaryPrimitives.ReadUInt32BigEndian(rest) is var length && length > rest.Length - sizeof(int))
        {
            return [];
        }

        var field = rest.Slice(sizeof(int), (int)length);
        rest = rest[(sizeof(int) + (int)length)..];
        return field;
    }

    private static byte[]? Bytes(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : null;
    }

    /// <summary>A fingerprint, or the line with it that ssh-keygen -l prints: the length of the key before it, and names behind.</summary>
    [GeneratedRegex(@"^([0-9]+ +)?SHA256:(?<hash>[A-Za-z0-9+/]{43})( .*)?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Printed();

    /// <summary>A line of ssh-keyscan begins with the host. A line of a .pub file does not, and ends with a comment.</summary>
    [GeneratedRegex(
        @"^(\S+ +)?(?<type>[-a-z0-9]+(@[a-z0-9.]+)?) +(?<key>AAAA[A-Za-z0-9+/]+={0,2})( .*)?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Line();
}
