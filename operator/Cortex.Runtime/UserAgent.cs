using System.Net.Http.Headers;

namespace Cortex.Runtime;

/// <summary>Says in every request whose it is: audit logs, and API servers that share out their time, tell clients apart by that.</summary>
public sealed class UserAgent(string product, string version) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.UserAgent.Clear();
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue(product, version));
        return base.SendAsync(request, cancellationToken);
    }
}
