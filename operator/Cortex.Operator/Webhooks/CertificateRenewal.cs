using Cortex.Core.Naming;
using Cortex.Core.Pki;
using k8s;
using Microsoft.Extensions.Logging;
using Org.BouncyCastle.Security;

namespace Cortex.Operator.Webhooks;

/// <summary>
/// Keeps the webhook's certificate valid: reads the published authorities, renews the Secret, serves the certificate, publishes its
/// authorities. <see cref="ServingRotation"/> decides what is renewed. Every replica does all of this; the first replica writes.
/// </summary>
internal sealed partial class CertificateRenewal(
    WebhookOptions options,
    IdentitySecret secret,
    Registration registration,
    Action<KeyPair> serve,
    TimeProvider clock,
    ILogger<CertificateRenewal> logger)
{
    private readonly SecureRandom random = new();
    private KeyPair? served;
    private bool? registered;

    /// <summary>The error of the last check; null if it succeeded.</summary>
    public string? LastError { get; private set; }

    /// <summary>Checks periodically until stopped. An error is logged, and the check is repeated.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await CheckAsync(stop);
                LastError = null;
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LastError = e is KubernetesException refusal ? refusal.Status.Message : $"{e.GetType().Name}: {e.Message}";
                NotRenewed(e, options.OwnNamespace, OperatorNames.WebhookSecret, OperatorNames.WebhookConfiguration);
            }

            await Task.Delay(
                served is null ? options.RetryInterval : options.CheckInterval,
                clock,
                stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task CheckAsync(CancellationToken ct)
    {
        var hooks = await registration.ReadAsync(ct);
        LogRegistration(hooks is not null);
        var identity = await secret.RenewAsync(current => Renew(current, hooks ?? []), ct);
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

    private ServingIdentity Renew(ServingIdentity? current, IReadOnlyList<Hook> hooks)
    {
        var next = ServingRotation.Renew(
            current, options.Certificate, [.. hooks.Select(hook => hook.Bundle)], clock.GetUtcNow(), random, out var why);
        if (why.Count > 0)
        {
            Renewing(options.OwnNamespace, OperatorNames.WebhookSecret, string.Join(", ", why));
        }

        return next;
    }

    private void LogRegistration(bool now)
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

    [LoggerMessage(400, LogLevel.Information, "webhook: serving a certificate that expires at {End:u}")]
    private partial void Serving(DateTimeOffset end);

    [LoggerMessage(401, LogLevel.Information, "webhook: renewing Secret {Namespace}/{Secret}: {Why}")]
    private partial void Renewing(string @namespace, string secret, string why);

    [LoggerMessage(402, LogLevel.Information, "webhook: ValidatingWebhookConfiguration {Name} now trusts the operator's authorities")]
    private partial void Published(string name);

    [LoggerMessage(
        403, LogLevel.Information, "webhook: ValidatingWebhookConfiguration {Name} exists; resources are checked before they are stored")]
    private partial void IsRegistered(string name);

    [LoggerMessage(
        404,
        LogLevel.Information,
        "webhook: there is no ValidatingWebhookConfiguration {Name}; problems of a resource are reported in its status only. "
            + "Apply manifests/webhook to create it")]
    private partial void IsNotRegistered(string name);

    [LoggerMessage(
        405,
        LogLevel.Warning,
        "webhook: Secret {Namespace}/{Secret} or ValidatingWebhookConfiguration {Name} could not be updated, trying again; "
            + "resources may be stored unchecked until then")]
    private partial void NotRenewed(Exception e, string @namespace, string secret, string name);
}
