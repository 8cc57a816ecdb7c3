using Cortex.Core.Api;

namespace Cortex.Core.Backup;

/// <summary>The types of a backup, in pgBackRest's words and in those of the resource.</summary>
public static class BackupTypes
{
    /// <summary>The resource's word for pgBackRest's; an unknown word is passed on.</summary>
    public static string Word(string type) => type switch
    {
        "full" => nameof(BackupType.Full),
        "diff" => nameof(BackupType.Differential),
        "incr" => nameof(BackupType.Incremental),
        _ => type,
    };

    /// <summary>The value of pgBackRest's option <c>--type</c>.</summary>
    public static string Option(BackupType type) => type switch
    {
        BackupType.Differential => "diff",
        BackupType.Incremental => "incr",
        _ => "full",
    };
}
