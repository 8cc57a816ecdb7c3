using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning.Policies.Backup;
using Cortex.Core.Planning.Policies.Settings;

namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>Runs initdb or restores a backup, once in the life of the resource; or starts the instance that exists.</summary>
internal static class CreatePrimary
{
    public static Verdict Decide(Situation now)
    {
        var primary = now.Status.Primary ?? Names.Instance(now.Name, 0);
        if (now.Seen.Inventory.Pod(primary) is not null)
        {
            return Verdict.Nothing;
        }

        if (now.Status.SystemIdentifier is not null && !now.Seen.Inventory.HasVolume(primary))
        {
            // An empty database under the old name would destroy the data: its standbys would follow it.
            return Verdict.Refuse(
                Reasons.DataMissing,
                $"the volume of the primary {primary} is gone",
                "promote a standby that has the data: set spec.promote");
        }

        if (now.WithoutImage is { } without)
        {
            return without;
        }

        if (RestoreChecks.Request(now) is { } request)
        {
            return RestorePlan.Make(now, request, primary);
        }

        // What exists is never initialised, not even if its volume disappears between observation and action. Its certificates may be new.
        IReadOnlyList<Step> make = now.Status.SystemIdentifier is null
            ? [new Step.CreateVolume(primary), new Step.Initialise(primary)]
            : now.Seen.RefusedConfiguration.Count > 0 ? [] : ConfigurationPlan.ConfigureStopped(now, primary, "it is to be started");
        List<Step> decide = now.Status.Primary is null ? [new Step.DecidePrimary(primary)] : [];
        if (!IsNew(now))
        {
            return Verdict.DoAndLook([.. decide, .. make, new Step.StartPod(primary)]);
        }

        // A clone waits for its primary by itself. If it is begun now, its container runs by the time that the primary does.
        var clones = now.Members.Where(member => member != primary).Select(member => StandbyPlan.Grow(now, member, primary));
        return Verdict.DoAndLook([.. decide, new Step.Together([[.. make, new Step.StartPod(primary)], .. clones], FirstLeads: true)]);
    }

    /// <summary>No object of this cluster ever existed.</summary>
    private static bool IsNew(Situation now) =>
        now.Status is { SystemIdentifier: null, Fenced.Count: 0 } && now.Seen.Inventory is { Pods.Count: 0, Volumes.Count: 0 };
}
