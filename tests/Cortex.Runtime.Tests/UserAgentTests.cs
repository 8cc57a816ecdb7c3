using System.Net;
using k8s;

namespace Cortex.Runtime.Tests;

public sealed class UserAgentTests
{
    [Fact]
    public async Task Every_request_says_whose_it_is_typed_or_not()
    {
        var wire = new Wire();
        using var client = new Kubernetes(
            new KubernetesClientConfiguration { Host = "http://api.invalid" }, new UserAgent("cortex", "1.2.3"), wire);
        var api = new ApiConnection(client, TimeProvider.System);

        await api.GetAsync("api/v1/namespaces/default", TestContext.Current.CancellationToken);
        await client.CoreV1.ReadNamespaceAsync("default", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(["cortex/1.2.3", "cortex/1.2.3"], wire.Agents);
    }

    /// <summary>client-go's pace: an API server has more to do than to be asked for one lease each second by every replica.</summary>
    [Fact]
    public void A_lease_is_kept_at_the_pace_that_every_controller_has()
    {
        var lease = new LeaseOptions("default", "lease", "me");

        Assert.Equal((15, 10, 2), (lease.Duration.TotalSeconds, lease.RenewDeadline.TotalSeconds, lease.RetryPeriod.TotalSeconds));
    }

    private sealed class Wire : DelegatingHandler
    {
        public List<string> Agents { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Agents.Add(request.Headers.UserAgent.ToString());
            return Task.FromResult(
                new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("{}"), RequestMessage = request });
        }
    }
}
