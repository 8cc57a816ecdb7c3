using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cortex.Core.Api;

namespace Cortex.Core.Manifests;

/// <summary>
/// A hash of what the user says about the pod itself, kept in a label: it shows that a pod was made from another spec. The image is
/// compared by its id instead. What only the version of this program determines is left out, so that a newer operator restarts no instance.
/// </summary>
public static class PodRevision
{
    /// <summary>16 hexadecimal digits: a hash of address, port, resources and repository of this instance.</summary>
    public static string Of(ClusterKey cluster, ClusterSpec spec, string instance)
    {
        var resources = spec.Resources ?? new ResourcesSpec();
        string[] parts =
        [
            spec.Podman.BindAddress,
            HostPort.Of(cluster, spec, instance).ToString(CultureInfo.InvariantCulture),
            .. Sorted("request", resources.Requests),
            .. Sorted("limit", resources.Limits),
            .. spec.Backup?.Repository.Directory?.Volume is { } repository ? [$"repository {repository}"] : Array.Empty<string>(),
        ];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))))[..16];
    }

    private static IEnumerable<string> Sorted(string kind, IReadOnlyDictionary<string, string> quantities) =>
        quantities.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{kind} {pair.Key}={pair.Value}");
}
