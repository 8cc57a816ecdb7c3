using System.Net;

namespace Cortex.Core.Postgres;

/// <summary>pg_hba.conf: who may connect, and how they prove it. The first line that matches decides, so the order is the safety.</summary>
/// <remarks>https://www.postgresql.org/docs/current/auth-pg-hba-conf.html</remarks>
public static class HbaRules
{
    public const string FieldPath = "spec.postgres.hba";

    /// <summary>Stand before the user's lines, so that none of those can open plaintext or shut out the operator or a standby.</summary>
    public static readonly IReadOnlyList<HbaRule> Mandatory =
    [
        HbaRule.NoPlaintext,
        HbaRule.Peer(HbaMatch.All, Roles.Superuser),
        HbaRule.Certificate(HbaMatch.Replication, Roles.Replication),
        HbaRule.Certificate(HbaMatch.All, Roles.Replication),   // pg_rewind opens an ordinary session
        HbaRule.Certificate(HbaMatch.All, Roles.Operator),
    ];

    /// <summary>Stands last: whoever was not decided on needs TLS and a password.</summary>
    public static readonly HbaRule Default = HbaRule.Password(HbaMatch.All, HbaMatch.All);

    private static readonly string[] Includes = ["include", "include_if_exists", "include_dir"];
    private static readonly string[] Types = ["local", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc"];
    private static readonly string[] Methods = ["scram-sha-256", "cert", "reject"];

    /// <summary>The file's text.</summary>
    /// <exception cref="ArgumentException">The user's lines were not accepted by <see cref="Validate"/> first.</exception>
    public static string Render(IReadOnlyList<string> userLines)
    {
        if (Validate(userLines) is [var first, ..])
        {
            throw new ArgumentException($"{first.Path}: {first.Reason}", nameof(userLines));
        }

        return string.Concat(
        [
            .. Mandatory.Select(rule => $"{rule}\n"),
            $"# {FieldPath}\n",
            .. userLines.Select(line => $"{line.Trim()}\n"),
            "# everyone else\n",
            $"{Default}\n",
        ]);
    }

    /// <summary>Everything that is wrong with the user's lines; empty where all are granted. Empty lines and comments are.</summary>
    public static IReadOnlyList<FieldRefusal> Validate(IReadOnlyList<string> userLines) =>
    [
        .. userLines.Select((line, at) => (Path: $"{FieldPath}[{at}]", Reason: WhyNot(line)))
            .Where(found => found.Reason is not null).Select(found => new FieldRefusal(found.Path, found.Reason!)),
    ];

    private static string? WhyNot(string line)
    {
        if (line.Any(c => char.IsControl(c) && c is not '\t'))
        {
            return "it must be one line without control characters";
        }

        if (line.TrimEnd().EndsWith('\\'))
        {
            return "it ends in a backslash, which would join it with the line after it";
        }

        return HbaLine.Split(line) switch
        {
            null => "a double quote is left open",
            [] => null,
            var fields when fields.SelectMany(field => field).Any(item => item.IsFile) => "@ reads names from another file; write the names here, or quote a name that begins with @",
            [[var word, ..], ..] when Includes.Contains(word.Text) => "other files would escape these rules; put the lines themselves here",
            [[var type], ..] when !Types.Contains(type.Text) => $"\"{type.Text}\" is no connection type; it begins with hostssl",
            [[{ Text: "local" }], ..] => "the socket inside the container is the operator's; use hostssl",
            [[var type], _, _, .. var tail] => WhyNotAddressAndMethod(type.Text, tail),
            _ => "it needs five fields: hostssl DATABASE ROLE ADDRESS METHOD",
        };
    }

    private static string? WhyNotAddressAndMethod(string type, HbaLine.Item[][] tail)
    {
        // An address without a prefix length takes one more field, its mask.
        var hasMask = tail is [[{ Text: var address }], ..] && IPAddress.TryParse(address, out _);
        if (hasMask && (tail.Length < 2 || tail[1] is not [{ Text: var mask }] || !IPAddress.TryParse(mask, out _)))
        {
            return "a bare address needs a prefix length (10.0.0.1/32) or a mask behind it";
        }

        return tail.Skip(hasMask ? 2 : 1).ToArray() switch
        {
            _ when tail is not [[_], ..] => "it needs one address: all, samenet, 10.0.0.0/8, or a host name",
            [] => "it needs five fields: hostssl DATABASE ROLE ADDRESS METHOD",
            [[{ Text: var method }], ..] when !Methods.Contains(method) => $"method \"{method}\" is not granted; use scram-sha-256, cert or reject",
            [[{ Text: "reject" }], ..] => null,
            [[_], ..] when type != "hostssl" => $"{type} would let plaintext in; use hostssl, or the method reject",
            [[_], .. var options] when options.Any(option => option is not [{ Text: var text }] || !text.Contains('=', StringComparison.Ordinal)) =>
                "what follows the method must be options like name=value",
            [[_], ..] => null,
            _ => "it needs one method: scram-sha-256, cert or reject",
        };
    }
}
