using System.Net;
using k8s;

namespace Cortex.Runtime.Tests;

public sealed class UserAgentTests
{
    [Fact]
    public async Task Every_request_names_its_program_typed_or_not()
    {
        var wire = new Wire();
        using var client = new Kubernetes(
            new KubernetesClientConfiguration { Host = "http://api.invalid" }, new UserAgent("cortex", "1.2.3"), wire);
        var api = new ApiConnection(client, TimeProvider.System);

        await api.GetAsync("api/v1/namespaces/default", TestContext.Current.CancellationToken);
        await client.CoreV1.ReadNamespaceAsync("default", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(["cortex/1.2.3", "cortex/1.2.3"], wire.Agents);
    }

    /// <summary>
    /// The interval of client-go. A request every second from every replica would be an unnecessary load for an API server.
    /// </summary>
    [Fact]
    public void The_lease_is_renewed_as_often_as_by_other_controllers()
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
