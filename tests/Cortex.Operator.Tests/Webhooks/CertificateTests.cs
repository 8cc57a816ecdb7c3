using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json.Nodes;
using Cortex.Core.Pki;
using static Cortex.Operator.Tests.Webhooks.Reviews;

namespace Cortex.Operator.Tests.Webhooks;

/// <summary>The webhook's certificate: created, shared, published, restored, and renewed while the server runs.</summary>
public sealed class CertificateTests
{
    /// <summary>For this time after its successor is served, an authority stays in the bundle.</summary>
    private static readonly TimeSpan FormerAuthorityLifetime = TimeSpan.FromDays(1);

    private static readonly string Review = Of("CREATE", Cluster("{}"));

    private static async Task AssertTrustedAsync(RunningWebhook webhook, string bundle) =>
        Assert.Equal(HttpStatusCode.OK, (await webhook.SendAsync(bundle, Review)).Code);

    private static async Task AssertNotTrustedAsync(RunningWebhook webhook, string bundle) =>
        await Assert.ThrowsAsync<HttpRequestException>(() => webhook.SendAsync(bundle, Review));

    /// <summary>Lets days pass, in which certificates are renewed, until the successor of the authority is announced.</summary>
    private static async Task<(RunningWebhook Webhook, string Old)> WithAnnouncedSuccessorAsync()
    {
        var webhook = await RunningWebhook.StartAsync();
        var old = webhook.Api.Bundle;
        while (webhook.Api.Bundle == old)
        {
            await webhook.PassAsync(TimeSpan.FromDays(10));
            await AssertTrustedAsync(webhook, old);
        }

        return (webhook, old);
    }

    [Fact]
    public async Task The_first_operator_creates_the_certificate_and_publishes_its_authority()
    {
        await using var webhook = await RunningWebhook.StartAsync();

        Assert.Null(webhook.WhyNotReady);
        Assert.Equal(webhook.Api.Stored("ca.crt"), webhook.Api.Bundle);
        Assert.Contains("cortex-webhook.cortex-system.svc", CertificateFacts.Read(webhook.Api.Stored("tls.crt")).DnsNames);
        Assert.Equal("Ignore", webhook.Api.Configuration!["webhooks"]![0]!["failurePolicy"]!.GetValue<string>());
        await AssertTrustedAsync(webhook, webhook.Api.Bundle);
    }

    [Fact]
    public async Task A_check_without_a_change_writes_nothing()
    {
        await using var webhook = await RunningWebhook.StartAsync();
        var writes = webhook.Api.Writes;

        await webhook.NextCheckAsync();

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
                await AssertTrustedAsync(webhook, api.Bundle);
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
    public async Task The_next_operator_uses_the_Secret_of_the_last_one()
    {
        var api = new WebhookApi();
        await (await RunningWebhook.StartAsync(api)).DisposeAsync();
        var (secret, bundle) = (api.Secret!.ToJsonString(), api.Bundle);

        await using var next = await RunningWebhook.StartAsync(api);

        Assert.Equal((secret, bundle), (api.Secret!.ToJsonString(), api.Bundle));
        await AssertTrustedAsync(next, bundle);
    }

    [Fact]
    public async Task A_renewed_leaf_is_trusted_by_the_same_clients()
    {
        await using var webhook = await RunningWebhook.StartAsync();
        var (bundle, leaf) = (webhook.Api.Bundle, webhook.Api.Stored("tls.crt"));

        await webhook.PassAsync(TimeSpan.FromDays(61));

        Assert.NotEqual(leaf, webhook.Api.Stored("tls.crt"));
        await AssertTrustedAsync(webhook, bundle);
        // Its predecessor has expired by now: the renewed certificate is served.
        await webhook.PassAsync(TimeSpan.FromDays(31));
        await AssertTrustedAsync(webhook, bundle);
    }

    [Fact]
    public async Task During_a_change_of_the_authority_clients_with_the_old_and_the_new_bundle_connect()
    {
        var (webhook, old) = await WithAnnouncedSuccessorAsync();
        await using var running = webhook;
        var both = webhook.Api.Bundle;
        Assert.EndsWith(old, both, StringComparison.Ordinal);

        await AssertTrustedAsync(webhook, old);
        await AssertTrustedAsync(webhook, both);
        await webhook.PassAsync(ServingRotation.AnnouncementDelay);

        await AssertTrustedAsync(webhook, both);
        await AssertNotTrustedAsync(webhook, old);
        await webhook.PassAsync(FormerAuthorityLifetime);
        Assert.NotEqual(both, webhook.Api.Bundle);
        await AssertTrustedAsync(webhook, both);
        await AssertTrustedAsync(webhook, webhook.Api.Bundle);
    }

    [Fact]
    public async Task A_successor_that_could_not_be_published_is_not_served()
    {
        var (webhook, old) = await WithAnnouncedSuccessorAsync();
        await using var running = webhook;
        webhook.Api.Configuration!["webhooks"]![0]!["clientConfig"]!["caBundle"] = Convert.ToBase64String(
            System.Text.Encoding.ASCII.GetBytes(old));

        await webhook.PassAsync(ServingRotation.AnnouncementDelay);
        await AssertTrustedAsync(webhook, old);

        await webhook.NextCheckAsync();
        await AssertNotTrustedAsync(webhook, old);
        await AssertTrustedAsync(webhook, webhook.Api.Bundle);
    }

    [Fact]
    public async Task An_edited_bundle_is_restored_and_published_to_a_second_hook()
    {
        await using var webhook = await RunningWebhook.StartAsync();
        var bundle = webhook.Api.Bundle;
        var hooks = webhook.Api.Configuration!["webhooks"]!.AsArray();
        hooks.Add(new JsonObject { ["name"] = "second", ["clientConfig"] = new JsonObject() });
        hooks[0]!["clientConfig"]!["caBundle"] = "bm9uc2Vuc2U=";

        await webhook.NextCheckAsync();

        Assert.Equal(bundle, webhook.Api.Bundle);
        Assert.Equal(
            hooks[0]!["clientConfig"]!["caBundle"]!.GetValue<string>(), hooks[1]!["clientConfig"]!["caBundle"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_deleted_or_damaged_Secret_is_created_again_and_published()
    {
        await using var webhook = await RunningWebhook.StartAsync();
        var bundle = webhook.Api.Bundle;
        webhook.Api.Secret = null;
        await webhook.NextCheckAsync();
        Assert.NotEqual(bundle, webhook.Api.Bundle);
        await AssertTrustedAsync(webhook, webhook.Api.Bundle);

        webhook.Api.Secret!["data"]!["tls.key"] = "bm9uc2Vuc2U=";
        await webhook.NextCheckAsync();
        await AssertTrustedAsync(webhook, webhook.Api.Bundle);
    }

    [Fact]
    public async Task The_operator_runs_without_a_configuration_and_uses_one_that_is_created_later()
    {
        await using var webhook = await RunningWebhook.StartAsync(new WebhookApi { Configuration = null });
        Assert.Null(webhook.WhyNotReady);
        await AssertTrustedAsync(webhook, webhook.Api.Stored("ca.crt"));

        webhook.Api.Configuration = WebhookApi.Registered();
        await webhook.NextCheckAsync();

        await AssertTrustedAsync(webhook, webhook.Api.Bundle);
    }

    [Fact]
    public async Task A_refused_request_is_repeated_while_the_present_certificate_is_served()
    {
        await using var webhook = await RunningWebhook.StartAsync(new WebhookApi { Refuses = HttpStatusCode.Forbidden });
        Assert.Contains("scripted 403", webhook.WhyNotReady, StringComparison.Ordinal);
        await AssertNotTrustedAsync(webhook, "");

        webhook.Api.Refuses = null;
        await webhook.PassAsync(TimeSpan.FromSeconds(5));
        var bundle = webhook.Api.Bundle;
        webhook.Api.Refuses = HttpStatusCode.ServiceUnavailable;
        await webhook.NextCheckAsync();

        Assert.Null(webhook.WhyNotReady);
        await AssertTrustedAsync(webhook, bundle);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, true)]
#pragma warning disable SYSLIB0039, CA5397 // The test requires that they are refused.
    [InlineData(SslProtocols.Tls11, false)]
#pragma warning restore SYSLIB0039, CA5397
    public async Task Only_TLS_1_2_and_1_3_are_accepted(SslProtocols protocol, bool spoken)
    {
        await using var webhook = await RunningWebhook.StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, webhook.Address.Port, TestContext.Current.CancellationToken);
        using var tls = new SslStream(socket.GetStream());
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = protocol,
            RemoteCertificateValidationCallback = (_, leaf, _, _) => leaf is not null,
        };

        var refusal = await Record.ExceptionAsync(() => tls.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken));

        Assert.Equal(spoken, refusal is null && tls.SslProtocol == protocol);
    }
}
