using System.Net.Http.Headers;

namespace Cortex.Runtime;

/// <summary>
/// Names this program in every request. Audit logs, and API servers that limit each client's share, tell clients apart by this header.
/// </summary>
public sealed class UserAgent(string product, string version) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.UserAgent.Clear();
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue(product, version));
        return base.SendAsync(request, cancellationToken);
    }
}
