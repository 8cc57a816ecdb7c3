using System.Text;
using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Access;

/// <summary>
/// The file that kubectl and client libraries read. It is written as JSON, which is also YAML, so no name needs special quoting.
/// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
/// </summary>
internal static class Kubeconfig
{
    public static string Render(string name, Uri server, string certificatePem, string token) => new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Config",
        ["clusters"] = Named(name, "cluster", new()
        {
            ["server"] = server.ToString().TrimEnd('/'),
            ["certificate-authority-data"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(certificatePem)),
        }),
        ["users"] = Named(name, "user", new() { ["token"] = token }),
        ["contexts"] = Named(name, "context", new() { ["cluster"] = name, ["user"] = name, ["namespace"] = "default" }),
        ["current-context"] = name,
    }.ToJsonString(new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";

    private static JsonArray Named(string name, string kind, JsonObject value) => new(new JsonObject { ["name"] = name, [kind] = value });
}
