using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Pki;

namespace Cortex.Core.Planning.Policies;

/// <summary>What instances stand on: the network, the passwords, the certificates.</summary>
internal static class Foundations
{
    public static Verdict Lay(Situation now)
    {
        List<IReadOnlyList<Step>> lanes = [];
        var hasNetwork = now.Seen.Inventory.NetworkExists;
        if (!hasNetwork)
        {
            lanes.Add([new Step.EnsureNetwork()]);
        }

        var present = now.Seen.Inventory.Secrets.Select(secret => secret.Name).ToHashSet();
        List<Step> passwords =
        [
            .. new[] { Names.SuperuserSecret(now.Name), Names.ApplicationSecret(now.Name) }
                .Where(name => !present.Contains(name))
                .Select(name => new Step.StorePassword(name)),
        ];
        lanes.AddRange(new[] { passwords, Certificates(now) }.Where(lane => lane.Count > 0));
        if (lanes.Count == 0)
        {
            return Verdict.Nothing;
        }

        // The addresses of the instances, which their configuration names, come with the network.
        var lay = new Step.Together(lanes);
        return hasNetwork ? Verdict.Do(lay) : Verdict.DoAndLook(lay);
    }

    /// <summary>A new authority signs everything anew; else each certificate is asked why it should be.</summary>
    private static List<Step> Certificates(Situation now)
    {
        var wanted = ClusterCertificates.For(now.Seen.Cluster, now.Spec, now.Status.Primary);
        var renewBefore = GoDuration.Parse(now.Spec.Tls.RenewBefore);
        var authority = now.Seen.Certificates.GetValueOrDefault(Names.CaSecret(now.Name));
        if (authority is null || authority.NotAfter <= now.Now)
        {
            var why = authority is null ? ReissueReasons.Missing : ReissueReasons.NearExpiry;
            return [new Step.IssueAuthority(Names.CaSecret(now.Name), why), .. wanted.Keys.Select(name => new Step.IssueCertificate(name, ReissueReasons.IssuerChanged))];
        }

        return
        [
            .. wanted
                .Select(one => (one.Key, Why: LeafPolicy.WhyReissue(now.Seen.Certificates.GetValueOrDefault(one.Key), authority, one.Value, now.Now, renewBefore)))
                .Where(one => one.Why is not null)
                .Select(one => new Step.IssueCertificate(one.Key, one.Why!)),
        ];
    }
}
