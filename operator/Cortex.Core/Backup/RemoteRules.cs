using System.Globalization;
using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>What the rules of repositories on other machines, buckets and servers, have in common.</summary>
internal static class RemoteRules
{
    private const int LargestPort = 65535;

    /// <summary>The places of a kind that a resource names, each with its field: that of its own backups, and that of a restore.</summary>
    /// <param name="name">The field of the kind in a repository.</param>
    public static IEnumerable<(string Field, T Place)> Of<T>(ClusterSpec spec, string name, Func<RepositorySpec, T?> place)
        where T : class
    {
        if (spec.Backup is { } backup && place(backup.Repository) is { } own)
        {
            yield return ($"spec.backup.repository.{name}", own);
        }

        if (spec.Bootstrap?.FromBackup?.Repository is { } source && place(source) is { } restored)
        {
            yield return ($"spec.bootstrap.fromBackup.repository.{name}", restored);
        }
    }

    public static IEnumerable<FieldRefusal> Text(string field, string? text, Regex form, string expected) =>
        text is not null && form.IsMatch(text) ? [] : [new(field, $"\"{text}\" must be {expected}")];

    /// <param name="text">What the field has, with the port.</param>
    public static IEnumerable<FieldRefusal> Port(string field, string text, int port) => port is >= 1 and <= LargestPort ? []
        : [new(field, string.Create(CultureInfo.InvariantCulture, $"\"{text}\": the port must be 1 to {LargestPort}"))];
}
