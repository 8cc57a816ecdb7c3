using Cortex.Core.Api;
using Cortex.Operator.Health;
using Cortex.Operator.Webhooks;
using Cortex.Runtime;
using k8s;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cortex.Operator.Wiring;

/// <summary>The servers that Kubernetes calls: the webhook and the probes, if they are enabled.</summary>
internal sealed class Listeners : IAsyncDisposable
{
    /// <summary>A free worker takes a key immediately; minutes allow for a machine that was suspended.</summary>
    private static readonly TimeSpan StuckAfter = TimeSpan.FromMinutes(5);

    private WebhookServer? webhook;
    private HealthServer? health;

    /// <exception cref="IOException">A port is in use.</exception>
    public static async Task<Listeners> StartAsync(
        OperatorOptions options, Kubernetes client, IServiceProvider parts, ILoggerFactory logs, CancellationToken stop)
    {
        var listeners = new Listeners();
        try
        {
            if (options is { WebhookPort: not 0, OwnNamespace: { } ownNamespace })
            {
                listeners.webhook = await WebhookServer.StartAsync(
                    new WebhookOptions(
                        ownNamespace) { Port = options.WebhookPort }, client, logs, parts.GetRequiredService<TimeProvider>(), stop);
            }

            if (options.HealthPort != 0)
            {
                listeners.health = await HealthServer.StartAsync(listeners.Checks(options.HealthPort, parts), logs, stop);
            }

            return listeners;
        }
        catch
        {
            await listeners.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (health is not null)
        {
            await health.DisposeAsync();
        }

        if (webhook is not null)
        {
            await webhook.DisposeAsync();
        }
    }

    /// <summary>A replica that waits for leadership is ready, too: it has the cache for a takeover, and it answers reviews.</summary>
    private HealthOptions Checks(int port, IServiceProvider parts)
    {
        var loop = parts.GetRequiredService<ControlLoop<CortexCluster>>();
        var controller = parts.GetRequiredService<Controller>();
        var informer = parts.GetRequiredService<Informer<CortexCluster>>();
        return new HealthOptions(port)
        {
            Live = [new("control loop", () => loop.HasEnded ? "it has ended" : controller.WhyStuck(StuckAfter))],
            Ready =
            [
                new("informer", () => informer.HasSynced ? null : "the resources have not been listed yet"),
                new("webhook", () => webhook?.WhyNotReady),
            ],
        };
    }
}
