using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json.Nodes;
using Cortex.Core.Pki;
using static Cortex.Operator.Tests.Webhooks.Reviews;

namespace Cortex.Operator.Tests.Webhooks;

/// <summary>The webhook's own certificate: made, shared, published, healed, and renewed under a running server.</summary>
public sealed class CertificateTests
{
    private static readonly string Review = Of("CREATE", Cluster("{}"));

    private static async Task DemandTrustedAsync(RunningWebhook webhook, string bundle) => Assert.Equal(HttpStatusCode.OK, (await webhook.SendAsync(bundle, Review)).Code);

    private static async Task DemandStrangerAsync(RunningWebhook webhook, string bundle) => await Assert.ThrowsAsync<HttpRequestException>(() => webhook.SendAsync(bundle, Review));

    /// <summary>Days on which certificates are renewed, until the authority's successor is announced.</summary>
    private static async Task<(RunningWebhook Webhook, string Old)> AnnouncedAsync()
    {
        var webhook = await RunningWebhook.StartAsync();
        var old = webhook.Api.Bundle;
        while (webhook.Api.Bundle == old)
        {
            await webhook.PassAsync(TimeSpan.FromDays(10));
            await DemandTrustedAsync(webhook, old);
        }

        return (webhook, old);
    }

    [Fact]
    public async Task The_first_operator_makes_it_and_tells_the_API_servers_whom_to_trust()
    {
        await using var webhook = await RunningWebhook.StartAsync();

        Assert.Null(webhook.WhyNotReady);
        Assert.Equal(webhook.Api.Stored("ca.crt"), webhook.Api.Bundle);
        Assert.Contains("cortex-webhook.cortex-system.svc", CertificateFacts.Read(webhook.Api.Stored("tls.crt")).DnsNames);
        Assert.Equal("Ignore", webhook.Api.Configuration!["webhooks"]![0]!["failurePolicy"]!.GetValue<string>());
        await DemandTrustedAsync(webhook, webhook.Api.Bundle);
    }

    [Fact]
    public async Task A_look_at_what_is_in_order_writes_nothing()
    {
        await using var webhook = await RunningWebhook.StartAsync();
        var writes = webhook.Api.Writes;

        await webhook.LookAsync();

        Assert.Equal(writes, webhook.Api.Writes);
    }

    [Fact]
    public async Task Replicas_that_start_together_share_one_authority()
    {
        var api = new WebhookApi();
        var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunningWebhook.StartAsync(api)));
        try
        {
            foreach (var webhook in all)
            {
                await DemandTrustedAsync(webhook, api.Bundle);
            }

            Assert.Equal(1, api.Stored("ca.crt").Split("BEGIN CERTIFICATE").Length - 1);
        }
        finally
        {
            foreach (var webhook in all)
            {
                await webhook.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task The_next_operator_takes_up_what_the_last_one_left()
    {
        var api = new WebhookApi();
        await (await RunningWebhook.StartAsync(api)).DisposeAsync();
        var (secret, bundle) = (api.Secret!.ToJsonString(), api.Bundle);

        await using var next = await RunningWebhook.StartAsync(api);

        Assert.Equal((secret, bundle), (api.Secret!.ToJsonString(), api.Bundle));
        await DemandTrustedAsync(next, bundle);
    }

    [Fact]
    public async Task A_leaf_is_renewed_in_place_and_the_same_clients_go_on()
    {
        await using var webhook = await RunningWebhook.StartAsync();
        var (bundle, leaf) = (webhook.Api.Bundle, webhook.Api.Stored("tls.crt"));

        await webhook.PassAsync(TimeSpan.FromDays(61));

        Assert.NotEqual(leaf, webhook.Api.Stored("tls.crt"));
        await DemandTrustedAsync(webhook, bundle);
        // Its predecessor has ended by now: the one that was renewed is the one that is shown.
        await webhook.PassAsync(TimeSpan.FromDays(31));
        await DemandTrustedAsync(webhook, bundle);
    }

    [Fact]
    public async Task While_the_authority_changes_clients_with_the_old_bundle_and_with_the_new_one_get_through()
    {
        var (webhook, old) = await AnnouncedAsync();
        await using var running = webhook;
        var both = webhook.Api.Bundle;
        Assert.EndsWith(old, both, StringComparison.Ordinal);

        await DemandTrustedAsync(webhook, old);
        await DemandTrustedAsync(webhook, both);
        await webhook.PassAsync(ServingRotation.Notice);

        await DemandTrustedAsync(webhook, both);
        await DemandStrangerAsync(webhook, old);
        await webhook.PassAsync(ServingRotation.Farewell);
        Assert.NotEqual(both, webhook.Api.Bundle);
        await DemandTrustedAsync(webhook, both);
        await DemandTrustedAsync(webhook, webhook.Api.Bundle);
    }

    [Fact]
    public async Task A_successor_that_could_not_be_published_is_not_served()
    {
        var (webhook, old) = await AnnouncedAsync();
        await using var running = webhook;
        webhook.Api.Configuration!["webhooks"]![0]!["clientConfig"]!["caBundle"] = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(old));

        await webhook.PassAsync(ServingRotation.Notice);
        await DemandTrustedAsync(webhook, old);

        await webhook.LookAsync();
        await DemandStrangerAsync(webhook, old);
        await DemandTrustedAsync(webhook, webhook.Api.Bundle);
    }

    [Fact]
    public async Task A_bundle_that_somebody_edited_is_healed_and_a_second_hook_gets_it_too()
    {
        await using var webhook = await RunningWebhook.StartAsync();
        var bundle = webhook.Api.Bundle;
        var hooks = webhook.Api.Configuration!["webhooks"]!.AsArray();
        hooks.Add(new JsonObject { ["name"] = "second", ["clientConfig"] = new JsonObject() });
        hooks[0]!["clientConfig"]!["caBundle"] = "bm9uc2Vuc2U=";

        await webhook.LookAsync();

        Assert.Equal(bundle, webhook.Api.Bundle);
        Assert.Equal(hooks[0]!["clientConfig"]!["caBundle"]!.GetValue<string>(), hooks[1]!["clientConfig"]!["caBundle"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_Secret_that_somebody_deleted_or_damaged_is_made_anew_and_published()
    {
        await using var webhook = await RunningWebhook.StartAsync();
        var bundle = webhook.Api.Bundle;
        webhook.Api.Secret = null;
        await webhook.LookAsync();
        Assert.NotEqual(bundle, webhook.Api.Bundle);
        await DemandTrustedAsync(webhook, webhook.Api.Bundle);

        webhook.Api.Secret!["data"]!["tls.key"] = "bm9uc2Vuc2U=";
        await webhook.LookAsync();
        await DemandTrustedAsync(webhook, webhook.Api.Bundle);
    }

    [Fact]
    public async Task Without_a_configuration_the_operator_runs_on_and_takes_up_one_that_comes_later()
    {
        await using var webhook = await RunningWebhook.StartAsync(new WebhookApi { Configuration = null });
        Assert.Null(webhook.WhyNotReady);
        await DemandTrustedAsync(webhook, webhook.Api.Stored("ca.crt"));

        webhook.Api.Configuration = WebhookApi.Registered();
        await webhook.LookAsync();

        await DemandTrustedAsync(webhook, webhook.Api.Bundle);
    }

    [Fact]
    public async Task An_API_server_that_refuses_is_asked_again_and_a_certificate_in_hand_serves_on_meanwhile()
    {
        await using var webhook = await RunningWebhook.StartAsync(new WebhookApi { Refuses = HttpStatusCode.Forbidden });
        Assert.Contains("scripted 403", webhook.WhyNotReady, StringComparison.Ordinal);
        await DemandStrangerAsync(webhook, "");

        webhook.Api.Refuses = null;
        await webhook.PassAsync(TimeSpan.FromSeconds(5));
        var bundle = webhook.Api.Bundle;
        webhook.Api.Refuses = HttpStatusCode.ServiceUnavailable;
        await webhook.LookAsync();

        Assert.Null(webhook.WhyNotReady);
        await DemandTrustedAsync(webhook, bundle);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, true)]
#pragma warning disable SYSLIB0039, CA5397 // That they are refused is what is tested.
    [InlineData(SslProtocols.Tls11, false)]
#pragma warning restore SYSLIB0039, CA5397
    public async Task TLS_of_today_is_spoken_and_no_older_one(SslProtocols protocol, bool spoken)
    {
        await using var webhook = await RunningWebhook.StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, webhook.Address.Port, TestContext.Current.CancellationToken);
        using var tls = new SslStream(socket.GetStream());
        var options = new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = protocol, RemoteCertificateValidationCallback = (_, leaf, _, _) => leaf is not null };

        var refusal = await Record.ExceptionAsync(() => tls.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken));

        Assert.Equal(spoken, refusal is null && tls.SslProtocol == protocol);
    }
}
