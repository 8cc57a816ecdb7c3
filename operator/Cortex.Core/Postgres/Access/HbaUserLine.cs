using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Cortex.Core.Postgres;

/// <summary>Checks one pg_hba.conf line of the user: the server must accept it, and it must not weaken the access rules.</summary>
/// <remarks>A single line with an error makes the server keep the whole old file, so a line that it would not accept is refused
/// here.</remarks>
internal static class HbaUserLine
{
    private static readonly string[] Includes = ["include", "include_if_exists", "include_dir"];
    private static readonly string[] Types = ["local", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc"];
    private static readonly string[] Methods = ["scram-sha-256", "cert", "reject"];
    private static readonly string[] Everywhere = ["all", "samehost", "samenet"];

    /// <summary>Null where the line is accepted; empty lines and comments are.</summary>
    public static Objection? WhyNot(string line)
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
            var fields when fields.SelectMany(field => field).Any(item => item.IsFile) =>
                new("@ reads names from another file", "write the names here, or quote a name that begins with @"),
            [[var word, ..], ..] when Includes.Contains(word.Text) =>
                new("other files are not checked", "put the lines themselves here"),
            [[var type], ..] when !Types.Contains(type.Text) =>
                new($"\"{type.Text}\" is not a connection type", "begin the line with hostssl"),
            [[{ Text: "local" }], ..] => new("the socket inside the container is the operator's", "use hostssl"),
            [[var type], _, _, [var address], .. var tail] when TakesMask(address) =>
                WhyNotMask(address.Text, tail) ?? WhyNotMethod(type.Text, tail[1..]),
            [[_], _, _, [var address], ..] when !IsAddress(address) =>
                $"\"{address.Text}\" is not an address: all, samenet, 10.0.0.0/8, or a host name",
            [[var type], _, _, [_], .. var tail] => WhyNotMethod(type.Text, tail),
            [[_], _, _, _, ..] => "it needs one address: all, samenet, 10.0.0.0/8, or a host name",
            _ => "it needs five fields: hostssl DATABASE ROLE ADDRESS METHOD",
        };
    }

    private static Objection? WhyNotMethod(string type, HbaLine.Item[][] tail) => tail switch
    {
        [] => "it needs five fields: hostssl DATABASE ROLE ADDRESS METHOD",
        [not [_], ..] => "it needs one method: scram-sha-256, cert or reject",
        [[var method], ..] when !Methods.Contains(method.Text) =>
            new($"method \"{method.Text}\" is not allowed", "use scram-sha-256, cert or reject"),
        [[var method], ..] when method.Text is not "reject" && type is not "hostssl" =>
            new($"{type} would allow plaintext", "use hostssl, or the method reject"),
        [[var method], .. var options] =>
            options.Select(option => WhyNotOption(method.Text, option)).FirstOrDefault(reason => reason is not null),
    };

    private static Objection? WhyNotOption(string method, HbaLine.Item[] option) => (method, option) switch
    {
        (_, not [_]) => "each option after the method is one name=value",
        ("scram-sha-256", [{ Text: "clientcert=verify-ca" or "clientcert=verify-full" }]) => null,
        ("cert", [{ Text: "clientcert=verify-full" or "clientname=CN" or "clientname=DN" }]) => null,
        ("cert", [{ Text: var map }]) when map.StartsWith("map=", StringComparison.Ordinal) && map.Length > 4 => null,
        (_, [{ Text: var text }]) => new Objection(
            $"\"{text}\" is not an option of {method}", "use clientcert=verify-full, or for cert clientname=CN|DN and map=NAME"),
    };

    /// <summary>An address alone, without a prefix length, needs one more field.</summary>
    private static bool TakesMask(HbaLine.Item address) => IPAddress.TryParse(address.Text, out _);

    private static Objection? WhyNotMask(string address, HbaLine.Item[][] tail) =>
        tail is [[var mask], ..]
        && IPAddress.TryParse(mask.Text, out var parsed)
        && parsed.AddressFamily == IPAddress.Parse(address).AddressFamily
            ? null
            : new Objection("a bare address needs a prefix length (10.0.0.1/32) or a mask after it");

    private static bool IsAddress(HbaLine.Item address) => address.Text.Split('/') switch
    {
        _ when Everywhere.Contains(address.Text) => true,
        [var host] => host.Length > 0 && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'),
        [var ip, var prefix] => IPAddress.TryParse(ip, out var parsed)
            && int.TryParse(prefix, NumberStyles.None, CultureInfo.InvariantCulture, out var bits)
            && bits <= (parsed.AddressFamily == AddressFamily.InterNetwork ? 32 : 128),
        _ => false,
    };
}
