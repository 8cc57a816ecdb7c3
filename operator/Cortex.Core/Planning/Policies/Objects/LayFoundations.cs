using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Pki;

namespace Cortex.Core.Planning.Policies.Objects;

/// <summary>What instances need before they can start: the network, the passwords, the certificates.</summary>
internal static class LayFoundations
{
    public static Verdict Decide(Situation now)
    {
        var present = now.Seen.Inventory.Secrets.Select(secret => secret.Name).ToHashSet();
        List<Step> passwords =
        [
            .. new[] { Names.SuperuserSecret(now.Name), Names.ApplicationSecret(now.Name) }
                .Where(name => !present.Contains(name))
                .Select(name => new Step.StorePassword(name)),
        ];
        List<IReadOnlyList<Step>> lanes = [.. new[] { passwords, Certificates(now) }.Where(lane => lane.Count > 0)];
        IReadOnlyList<Step> secrets = lanes.Count == 0 ? [] : [new Step.Together(lanes)];

        // Before any secret: where Podman has no labels on secrets, a secret is made first and marked after that, and in between only the
        // network shows its owner. Nothing else follows in this pass, because the configuration of the instances contains the addresses
        // that come with the network.
        return now.Seen.Inventory.NetworkExists ? Verdict.Do(secrets) : Verdict.DoAndLook([new Step.EnsureNetwork(), .. secrets]);
    }

    /// <summary>A new authority signs every certificate again. Otherwise each certificate is reissued for its own reasons.</summary>
    private static List<Step> Certificates(Situation now)
    {
        var wanted = ClusterCertificates.For(now.Seen.Cluster, now.Spec, now.Status.Primary);
        var renewBefore = GoDuration.Parse(now.Spec.Tls.RenewBefore);
        var authority = now.Seen.Certificates.GetValueOrDefault(Names.CaSecret(now.Name));
        if (authority is null || authority.NotAfter <= now.Now)
        {
            var why = authority is null ? ReissueReasons.Missing : ReissueReasons.NearExpiry;
            return
            [
                new Step.IssueAuthority(Names.CaSecret(now.Name), why),
                .. wanted.Keys.Select(name => new Step.IssueCertificate(name, ReissueReasons.IssuerChanged)),
            ];
        }

        return
        [
            .. wanted
                .Select(pair => (pair.Key, Have: now.Seen.Certificates.GetValueOrDefault(pair.Key), Wanted: pair.Value))
                .Select(entry => (entry.Key, Why: LeafPolicy.WhyReissue(entry.Have, authority, entry.Wanted, now.Now, renewBefore)))
                .Where(entry => entry.Why is not null)
                .Select(entry => new Step.IssueCertificate(entry.Key, entry.Why!)),
        ];
    }
}
