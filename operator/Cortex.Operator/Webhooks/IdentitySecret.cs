using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Runtime;
using k8s;
using k8s.Models;

namespace Cortex.Operator.Webhooks;

/// <summary>
/// The Secret that the operator's replicas share. A write succeeds only for the version that was read; a replica that loses reads the
/// winner's Secret.
/// </summary>
internal sealed class IdentitySecret(ResourceClient<V1Secret> secrets, string ownNamespace)
{
    private const string Bundle = "ca.crt";
    private const string AuthorityKey = "ca.key";
    private const string Certificate = "tls.crt";
    private const string Key = "tls.key";
    private const int Attempts = 5;

    private readonly ObjectKey name = new(ownNamespace, OperatorNames.WebhookSecret);

    /// <summary>Reads the Secret, renews it if necessary, and stores the renewed identity.</summary>
    /// <param name="renew">Returns its argument if nothing needs to be renewed.</param>
    public async Task<ServingIdentity> RenewAsync(Func<ServingIdentity?, ServingIdentity> renew, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var stored = await secrets.GetAsync(name, ct);
            var have = stored is null ? null : Read(stored);
            var next = renew(have);
            try
            {
                if (ReferenceEquals(next, have) || await StoreAsync(stored, next, ct))
                {
                    return next;
                }
            }
            catch (KubernetesException refusal) when (refusal.Is(HttpStatusCode.Conflict) && attempt < Attempts)
            {
                // Another replica, or a user, wrote first.
            }
        }
    }

    /// <returns>False if the Secret was deleted meanwhile.</returns>
    private async Task<bool> StoreAsync(V1Secret? stored, ServingIdentity identity, CancellationToken ct)
    {
        var data = Write(identity);
        if (stored is null)
        {
            await secrets.CreateAsync(
                new V1Secret
                {
                    Metadata = new V1ObjectMeta
                    {
                        Name = name.Name, NamespaceProperty = name.Namespace, Labels = new Dictionary<string,
                        string> { [Labels.ManagedBy] = Labels.ManagedByValue },
                    },
                    Type = "kubernetes.io/tls",
                    Data = data,
                },
                ct);
            return true;
        }

        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = stored.Metadata.ResourceVersion },
            ["data"] = new JsonObject(
                data.Select(entry => KeyValuePair.Create<string, JsonNode?>(entry.Key, Convert.ToBase64String(entry.Value)))),
        };
        return await secrets.PatchAsync(name, patch, ct) is not null;
    }

    private static ServingIdentity Read(V1Secret secret)
    {
        var (certificate, key) = (Text(secret, Certificate), Text(secret, Key));
        return new ServingIdentity(
            Text(secret, Bundle), Text(secret, AuthorityKey), certificate is "" && key is "" ? null : new KeyPair(certificate, key));
    }

    private static Dictionary<string, byte[]> Write(ServingIdentity identity) => new()
    {
        [Bundle] = Encoding.ASCII.GetBytes(identity.Bundle),
        [AuthorityKey] = Encoding.ASCII.GetBytes(identity.AuthorityKeyPem),
        [Certificate] = Encoding.ASCII.GetBytes(identity.Leaf!.CertificatePem),
        [Key] = Encoding.ASCII.GetBytes(identity.Leaf.PrivateKeyPem),
    };

    private static string Text(V1Secret secret, string key) =>
        secret.Data is { } data && data.TryGetValue(key, out var bytes) && bytes is not null ? Encoding.ASCII.GetString(bytes) : "";
}
