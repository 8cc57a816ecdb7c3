using System.Net;
using System.Text.RegularExpressions;
using Cortex.Cli.Files;
using Cortex.Cli.Outcomes;
using Cortex.Runtime;
using k8s;

namespace Cortex.Cli.Api;

/// <summary>A refusal in the API's own words, without the request that our client puts before them.</summary>
internal static partial class ApiWords
{
    public static string Of(KubernetesException refusal)
    {
        var message = refusal.Status?.Message ?? refusal.Message;
        var end = message.IndexOf(": ", StringComparison.Ordinal);
        var request = end > 0 ? message[..end].Split(' ') : [];
        return request is [_, var path] && path.Contains('/', StringComparison.Ordinal) ? message[(end + 2)..] : message;
    }

    /// <summary>A refusal of a manifest, with the place in the file where the API names a field, and without what says nothing to its author.</summary>
    public static CommandException Refused(KubernetesException refusal, Manifest manifest)
    {
        if (refusal.Is(HttpStatusCode.NotFound) && refusal.Status.Details is { Kind: "namespaces", Name: { Length: > 0 } missing })
        {
            return new CommandException($"there is no namespace {missing}", $"make it with kubectl create namespace {missing}, or name another with -n", refusal);
        }

        var words = Noise().Replace(Of(refusal), "");
        var field = Unknown().Match(words) is { Success: true } unknown ? unknown.Groups[1].Value : refusal.Status?.Details?.Causes?.FirstOrDefault()?.Field;
        var place = field is null or "<nil>" ? manifest.Source : $"{manifest.Source}, line {manifest.LineOf(field)}";
        return new CommandException($"{place}: {words}", "correct the file", refusal);
    }

    /// <summary>The decoder's introduction, and a value that a rule on the whole resource is not about.</summary>
    [GeneratedRegex("^.*strict decoding error: |<nil>: Invalid value: (null|\"object\"): ", RegexOptions.CultureInvariant)]
    private static partial Regex Noise();

    [GeneratedRegex("unknown field \"([^\"]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Unknown();
}
