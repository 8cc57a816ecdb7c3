using System.Text.Json.Serialization;
using Cortex.Core.Naming;

namespace Cortex.Engine.Targets.Podman;

/// <summary>The body of <c>containers/create</c>, with the fields that one-shots need.</summary>
public sealed record NewContainer
{
    [JsonPropertyName("name")]
    public required string Name { get; init; }

    [JsonPropertyName("image")]
    public required string Image { get; init; }

    [JsonPropertyName("entrypoint")]
    public IReadOnlyList<string> Entrypoint { get; init; } = ["sh"];

    [JsonPropertyName("command")]
    public required IReadOnlyList<string> Command { get; init; }

    [JsonPropertyName("user")]
    public string? User { get; init; }

    [JsonPropertyName("labels")]
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    [JsonPropertyName("secrets")]
    public IReadOnlyList<MountedSecret>? Secrets { get; init; }

    [JsonPropertyName("volumes")]
    public IReadOnlyList<MountedVolume>? Volumes { get; init; }

    [JsonPropertyName("netns")]
    public required NetworkMode NetworkMode { get; init; }

    public IReadOnlyDictionary<string, NoOptions>? Networks { get; init; }

    [JsonPropertyName("cap_drop")]
    public IReadOnlyList<string> CapDrop { get; init; } = ["ALL"];

    [JsonPropertyName("no_new_privileges")]
    public bool NoNewPrivileges { get; init; } = true;

    [JsonPropertyName("read_only_filesystem")]
    public bool ReadOnlyFilesystem { get; init; } = true;

    /// <summary>
    /// Without this, /dev/shm, which PostgreSQL needs, is read-only from Podman 4.4 on; earlier versions do not know this field.
    /// </summary>
    [JsonPropertyName("read_write_tmpfs")]
    public bool ReadWriteTmpfs { get; init; } = true;

    /// <summary>The folder for the secrets must exist in memory: Podman cannot make mount points in a read-only root file system.</summary>
    [JsonPropertyName("mounts")]
    public IReadOnlyList<MemoryMount> Mounts { get; init; } = [new("/tmp"), new(Paths.Secrets)];

    /// <summary>Otherwise the volumes that an image declares would be made without a name, and stay.</summary>
    [JsonPropertyName("image_volume_mode")]
    public string ImageVolumeMode { get; init; } = "ignore";

    [JsonPropertyName("log_configuration")]
    public LogConfiguration Log { get; init; } = new("none");
}

public sealed record NetworkMode([property: JsonPropertyName("nsmode")] string Mode);

public sealed record NoOptions;

/// <param name="Size">In bytes; at this size Podman starts the log again.</param>
public sealed record LogConfiguration(
    [property: JsonPropertyName("driver")] string Driver, [property: JsonPropertyName("size")] long? Size = null);

public sealed record MountedVolume(string Name, string Dest, IReadOnlyList<string>? Options = null);

/// <summary>A file system in memory that is removed with the container.</summary>
public sealed record MemoryMount([property: JsonPropertyName("destination")] string Destination)
{
    [JsonPropertyName("type")]
    public string Type { get; } = "tmpfs";

    [JsonPropertyName("source")]
    public string Source { get; } = "tmpfs";

    [JsonPropertyName("options")]
    public IReadOnlyList<string> Options { get; } = ["nosuid", "nodev", "mode=1777"];
}

public sealed record MountedSecret(
    string Source, string Target, [property: JsonPropertyName("UID")] int Uid, [property: JsonPropertyName("GID")] int Gid, int Mode);
