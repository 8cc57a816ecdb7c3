using System.Net;
using System.Text.RegularExpressions;
using Cortex.Cli.Files;
using Cortex.Cli.Outcomes;
using Cortex.Runtime;
using k8s;

namespace Cortex.Cli.Api;

/// <summary>The text of a refusal as the API wrote it, without the request that the client puts before it.</summary>
internal static partial class ApiMessages
{
    public static string Of(KubernetesException refusal)
    {
        var message = refusal.Status?.Message ?? refusal.Message;
        var end = message.IndexOf(": ", StringComparison.Ordinal);
        var request = end > 0 ? message[..end].Split(' ') : [];
        return request is [_, var path] && path.Contains('/', StringComparison.Ordinal) ? message[(end + 2)..] : message;
    }

    /// <summary>
    /// A refusal of a manifest, with the line of the field that the API names, and without text that does not help the file's author.
    /// </summary>
    public static CommandException Refused(KubernetesException refusal, Manifest manifest)
    {
        if (refusal.Is(HttpStatusCode.NotFound) && refusal.Status.Details is { Kind: "namespaces", Name: { Length: > 0 } missing })
        {
            return new CommandException(
                $"there is no namespace {missing}",
                $"create it with kubectl create namespace {missing}, or name another namespace with -n",
                refusal);
        }

        var message = Noise().Replace(Of(refusal), "");
        var field = Unknown().Match(message) is { Success: true } unknown
            ? unknown.Groups[1].Value
            : refusal.Status?.Details?.Causes?.FirstOrDefault()?.Field;
        var place = field is null or "<nil>" ? manifest.Source : $"{manifest.Source}, line {manifest.LineOf(field)}";
        return new CommandException($"{place}: {message}", "correct the file", refusal);
    }

    /// <summary>The introduction of the decoder, and the value in the refusal of a rule on the whole resource.</summary>
    [GeneratedRegex("^.*strict decoding error: |<nil>: Invalid value: (null|\"object\"): ", RegexOptions.CultureInvariant)]
    private static partial Regex Noise();

    [GeneratedRegex("unknown field \"([^\"]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Unknown();
}
