using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Memory;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Observe;

/// <summary>What the volumes of a cluster contain that is adopted: its data directories at rest, as pg_controldata tells them.</summary>
public sealed class DataInspection(IOneShots oneShots, ClusterMemory memory, TimeProvider clock)
{
    /// <summary>For a one-shot that takes a second: a volume may hold files that are meant to keep the operator waiting.</summary>
    private static readonly TimeSpan InspectionTimeout = TimeSpan.FromMinutes(2);

    /// <summary>The next pass begins at once. A later pass, after a failure, may find another volume.</summary>
    private static readonly TimeSpan UsableFor = TimeSpan.FromSeconds(5);

    /// <summary>All volumes of a cluster are one read: what was found of one of them is used together with the others.</summary>
    private const string OfCluster = "";

    private readonly SlowReads<IReadOnlyDictionary<string, DataSeen>> reads = new(memory, clock, UsableFor);

    /// <returns>
    /// By instance, the data in its volume; a volume without a complete data directory is left out. Null while they are still being read.
    /// </returns>
    public async Task<IReadOnlyDictionary<string, DataSeen>?> LookAsync(
        ClusterKey cluster, ClusterSpec spec, IReadOnlyList<string> instances, ImageFacts image, CancellationToken ct)
    {
        if (instances.Count == 0)
        {
            return new Dictionary<string, DataSeen>();
        }

        var mark = $"{spec.Image} {string.Join(' ', instances)}";
        return await reads.TakeAsync(cluster, OfCluster, mark, InspectAllAsync, ct) is { } read ? await read : null;

        async Task<IReadOnlyDictionary<string, DataSeen>> InspectAllAsync(CancellationToken end)
        {
            Dictionary<string, DataSeen> found = [];
            foreach (var instance in instances)
            {
                if (await InspectAsync(cluster, spec.Image, instance, image, end) is { } data)
                {
                    found[instance] = data;
                }
            }

            return found;
        }
    }

    private async Task<DataSeen?> InspectAsync(ClusterKey cluster, string tag, string instance, ImageFacts image, CancellationToken ct)
    {
        var task = new OneShot
        {
            Cluster = cluster,
            Name = Names.OneShot(instance),
            Image = tag,
            Script = ProvisioningScripts.Inspect,
            User = (image.Uid, image.Gid),
            Instance = instance,
            Timeout = InspectionTimeout,
        };
        var result = (await oneShots.RunOneShotAsync(task, ct)).OrThrow($"the inspection of {instance}");
        var fields = result.Output.Split('\n').Select(line => line.Split(':', 2))
            .Where(parts => parts.Length == 2).ToLookup(parts => parts[0], parts => parts[1].Trim());
        if (fields["Database system identifier"].FirstOrDefault() is not { } system)
        {
            return null;
        }

        return system is { Length: > 0 and <= 20 }
            && long.TryParse(
                fields["Latest checkpoint's TimeLineID"].FirstOrDefault(),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var timeline)
            ? new DataSeen(
                system, timeline, fields.Contains("Standby signal"), ServerVersion.Major(fields["Major version"].FirstOrDefault()))
            {
                Restored = fields["Restored"].FirstOrDefault(),
            }
            : throw new TargetException($"pg_controldata reports no usable data directory for {instance}: {result.LastLines}");
    }
}
