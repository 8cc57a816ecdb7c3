using Cortex.Core.Backup;
using Cortex.Core.Manifests;
using Cortex.Core.Pki;

namespace Cortex.Core.Planning;

/// <summary>
/// The configuration that an instance should have loaded, from the resource, the image, the certificates and the addresses. Only this class
/// computes it.
/// </summary>
public static class WantedConfiguration
{
    /// <summary>
    /// What a member reports once it has loaded its configuration; null for an instance that is not a member, and while the image is not
    /// known.
    /// </summary>
    public static string? Revision(Situation now, string instance) =>
        now.Seen.Image.Facts is not null && now.Members.Contains(instance) ? Of(now, instance).Revision : null;

    /// <summary>What is written into its volume. A standby gets the limits that it needs to start, even where the spec says less.</summary>
    public static InstanceConfiguration Of(Situation now, string instance) =>
        Render(now, instance, StartLimits.Of(now.Status, instance, now.Seen.Postgres, now.Seen.Control));

    /// <summary>What the spec says, without the limits of the primary that a standby keeps for a while.</summary>
    public static InstanceConfiguration AsWritten(Situation now, string instance) => Render(now, instance, atLeast: null);

    private static InstanceConfiguration Render(Situation now, string instance, IReadOnlyDictionary<string, int>? atLeast) =>
        InstanceConfiguration.Render(
            now.Seen.Cluster,
            now.Spec,
            now.Status,
            instance,
            now.Seen.Image.Facts ?? throw new InvalidOperationException("a configuration needs the facts of the image"),
            now.Seen.Inventory.Addresses,
            [
                .. VolumeCertificates.Fingerprints(now.Seen.Cluster, instance, now.Seen.Certificates),
                .. RepositorySecrets.Fingerprints(now.Spec, now.Seen.BackupSecrets),
            ],
            atLeast,
            now.Cluster.Metadata.Uid);
}
