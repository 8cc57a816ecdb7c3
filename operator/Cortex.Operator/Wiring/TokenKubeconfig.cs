using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;

namespace Cortex.Operator.Wiring;

/// <summary>
/// Reads a kubeconfig in the form that the embedded API writes: JSON, with one cluster on this machine, its CA certificate, and a token.
/// The client library can read every kubeconfig, but it examines all of its own types before it reads any YAML. That takes as long as the
/// rest of a command.
/// </summary>
internal static class TokenKubeconfig
{
    /// <returns>Null for another form, and for a damaged file: the client library then reads it, or reports the error.</returns>
    public static KubernetesClientConfiguration? Read(string text)
    {
        if (!text.StartsWith('{'))
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(text) is JsonObject file ? Read(file) : null;
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or ArgumentException or FormatException or CryptographicException)
        {
            return null;
        }
    }

    private static KubernetesClientConfiguration? Read(JsonObject file)
    {
        var context = Only(file, "contexts", "context");
        var (cluster, user) = (Only(file, "clusters", "cluster"), Only(file, "users", "user"));
        return context is { Name: var name, Content: var chosen } && name == Text(file["current-context"])
            && cluster is { Content: { Count: 2 } server } && cluster.Value.Name == Text(chosen["cluster"])
            && user is { Content: { Count: 1 } credentials } && user.Value.Name == Text(chosen["user"])
            && Text(server["server"]) is { } host && IsOfThisMachine(host)
            && Text(server["certificate-authority-data"]) is { } authority && Text(credentials["token"]) is { } token
            ? new KubernetesClientConfiguration
            {
                Host = host,
                SslCaCerts = [X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(authority)))],
                AccessToken = token,
                Namespace = Text(chosen["namespace"]),
            }
            : null;
    }

    /// <summary>
    /// The only entry of a list: its name and its content under <paramref name="kind"/>. Null for no entry and for several.
    /// </summary>
    private static (string? Name, JsonObject Content)? Only(JsonObject file, string list, string kind) =>
        file[list] is JsonArray { Count: 1 } entries && entries[0] is JsonObject { Count: 2 } entry && entry[kind] is JsonObject content
            ? (Text(entry["name"]), content)
            : null;

    private static bool IsOfThisMachine(string host) =>
        Uri.TryCreate(host, UriKind.Absolute, out var address) && address is { Scheme: "https", IsLoopback: true };

    private static string? Text(JsonNode? value) => value?.GetValue<string>();
}
