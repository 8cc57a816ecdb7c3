using System.Net;
using System.Text;
using k8s;
using k8s.Models;

namespace Cortex.Runtime.Tests;

/// <summary>
/// One lease for any number of clients, with versions and conflicts as on a server, and a switch for an outage.
/// </summary>
internal sealed class LeaseApi
{
    private readonly Lock gate = new();
    private V1Lease? lease;
    private int version;

    public bool Down { get; set; }

    public string? Holder
    {
        get
        {
            lock (gate)
            {
                return lease?.Spec.HolderIdentity;
            }
        }
    }

    public Kubernetes Connect() => new(new KubernetesClientConfiguration { Host = "http://api.invalid" }, new Wire(this));

    /// <summary>Writes the lease without any of the clients.</summary>
    public void Seize(string holder)
    {
        lock (gate)
        {
            Store(
                new V1Lease
                {
                    Metadata = lease!.Metadata,
                    Spec = new()
                    {
                        HolderIdentity = holder,
                        LeaseDurationSeconds = 60,
                        AcquireTime = DateTime.UtcNow,
                        RenewTime = DateTime.UtcNow,
                    },
                });
        }
    }

    /// <summary>The body is rendered under the lock: an old lease with a new version would let a second candidate win.</summary>
    private (HttpStatusCode Code, string Body) Answer(HttpMethod method, V1Lease? sent)
    {
        lock (gate)
        {
            if (Down)
            {
                return Refuse(HttpStatusCode.ServiceUnavailable);
            }

            if (method == HttpMethod.Get)
            {
                return lease is null ? Refuse(HttpStatusCode.NotFound) : Show(lease);
            }

            var stale = method == HttpMethod.Post ? lease is not null : lease?.Metadata.ResourceVersion != sent!.Metadata.ResourceVersion;
            return stale ? Refuse(HttpStatusCode.Conflict) : Show(Store(sent!));
        }
    }

    private V1Lease Store(V1Lease sent)
    {
        sent.Metadata.ResourceVersion = $"{++version}";
        return lease = sent;
    }

    private static (HttpStatusCode, string) Show(V1Lease found) => (HttpStatusCode.OK, KubernetesJson.Serialize(found));

    private static (HttpStatusCode, string) Refuse(HttpStatusCode code) => (code, "{}");

    private sealed class Wire(LeaseApi api) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            var sent = request.Content is null ? null : KubernetesJson.Deserialize<V1Lease>(await request.Content.ReadAsStringAsync(ct));
            var (code, body) = api.Answer(request.Method, sent);
            return new(code) { Content = new StringContent(body, Encoding.UTF8, "application/json"), RequestMessage = request };
        }
    }
}
