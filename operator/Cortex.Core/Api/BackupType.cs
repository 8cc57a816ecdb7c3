using System.Text.Json.Serialization;

namespace Cortex.Core.Api;

/// <summary>What a backup copies. The types are in this order: an earlier one copies all that a later one does.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BackupType>))]
public enum BackupType
{
    /// <summary>Everything.</summary>
    Full,

    /// <summary>What has changed since the last full backup.</summary>
    Differential,

    /// <summary>What has changed since the last backup.</summary>
    Incremental,
}
