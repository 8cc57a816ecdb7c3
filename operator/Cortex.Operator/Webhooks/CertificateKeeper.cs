using Cortex.Core.Naming;
using Cortex.Core.Pki;
using k8s;
using Microsoft.Extensions.Logging;
using Org.BouncyCastle.Security;

namespace Cortex.Operator.Webhooks;

/// <summary>
/// Keeps the webhook's certificate in force: reads what is published, renews what is in the Secret, serves it, publishes its authorities. What is to be renewed is
/// <see cref="ServingRotation"/>'s to say. Every replica does all of it, and whoever comes first writes.
/// </summary>
internal sealed partial class CertificateKeeper(
    WebhookOptions options, IdentitySecret secret, Registration registration, Action<KeyPair> serve, TimeProvider clock, ILogger<CertificateKeeper> logger)
{
    private readonly SecureRandom random = new();
    private KeyPair? served;
    private bool? registered;

    /// <summary>What went wrong in the last look; null when nothing did.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Looks again and again until stopped. What fails is logged and tried again.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stop);
                Trouble = null;
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Trouble = e is KubernetesException refusal ? refusal.Status.Message : $"{e.GetType().Name}: {e.Message}";
                NotKept(e, options.OwnNamespace, OperatorNames.WebhookSecret, OperatorNames.WebhookConfiguration);
            }

            await Task.Delay(served is null ? options.RetryEvery : options.CheckEvery, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(CancellationToken ct)
    {
        var hooks = await registration.ReadAsync(ct);
        SayWhetherRegistered(hooks is not null);
        var identity = await secret.SettleAsync(have => Renew(have, hooks ?? []), ct);
        if (identity.Leaf != served)
        {
            serve(identity.Leaf!);
            served = identity.Leaf;
            Serving(CertificateFacts.Read(served!.CertificatePem).NotAfter);
        }

        if (hooks is not null && await registration.PublishAsync(hooks, identity.Bundle, ct))
        {
            Published(OperatorNames.WebhookConfiguration);
        }
    }

    private ServingIdentity Renew(ServingIdentity? have, IReadOnlyList<Hook> hooks)
    {
        var next = ServingRotation.Renew(have, options.Certificate, [.. hooks.Select(hook => hook.Bundle)], clock.GetUtcNow(), random, out var why);
        if (why.Count > 0)
        {
            Renewing(options.OwnNamespace, OperatorNames.WebhookSecret, string.Join(", ", why));
        }

        return next;
    }

    private void SayWhetherRegistered(bool now)
    {
        if (registered == now)
        {
            return;
        }

        registered = now;
        if (now)
        {
            IsRegistered(OperatorNames.WebhookConfiguration);
        }
        else
        {
            IsNotRegistered(OperatorNames.WebhookConfiguration);
        }
    }

    [LoggerMessage(400, LogLevel.Information, "webhook: serving a certificate that ends at {End:u}")]
    private partial void Serving(DateTimeOffset end);

    [LoggerMessage(401, LogLevel.Information, "webhook: renewing Secret {Namespace}/{Secret}: {Why}")]
    private partial void Renewing(string @namespace, string secret, string why);

    [LoggerMessage(402, LogLevel.Information, "webhook: ValidatingWebhookConfiguration {Name} now trusts our authorities")]
    private partial void Published(string name);

    [LoggerMessage(403, LogLevel.Information, "webhook: there is a ValidatingWebhookConfiguration {Name}; resources are judged before they are stored")]
    private partial void IsRegistered(string name);

    [LoggerMessage(404, LogLevel.Information, "webhook: there is no ValidatingWebhookConfiguration {Name}; going on without, what is wrong with a resource is told in its status. Apply manifests/webhook to have it")]
    private partial void IsNotRegistered(string name);

    [LoggerMessage(405, LogLevel.Warning, "webhook: Secret {Namespace}/{Secret} or ValidatingWebhookConfiguration {Name} could not be kept, trying again; meanwhile resources may be stored unjudged")]
    private partial void NotKept(Exception e, string @namespace, string secret, string name);
}
