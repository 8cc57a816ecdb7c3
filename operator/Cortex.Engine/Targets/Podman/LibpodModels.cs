using System.Text.Json.Serialization;

namespace Cortex.Engine.Targets.Podman;

/// <summary>A refusal. If only a part of a pod starts, the answer has <c>Errs</c> instead.</summary>
public sealed record LibpodError(string? Cause, string? Message, [property: JsonPropertyName("Errs")] IReadOnlyList<string>? Errors);

/// <summary>A row of <c>containers/json</c>.</summary>
public sealed record ContainerRow
{
    public required string Id { get; init; }

    public IReadOnlyList<string> Names { get; init; } = [];

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public string? Pod { get; init; }

    public string? PodName { get; init; }

    public bool IsInfra { get; init; }

    public string? State { get; init; }

    public int ExitCode { get; init; }

    /// <summary>Seconds since 1970; a negative number while it runs.</summary>
    public long ExitedAt { get; init; }

    public string? Image { get; init; }

    public string? ImageId { get; init; }

    /// <summary>Seconds since 1970; a negative number where it never started.</summary>
    public long StartedAt { get; init; }

    /// <summary>In a pod, each container has the ports of the pod.</summary>
    public IReadOnlyList<PublishedPort>? Ports { get; init; }

    /// <summary>Reported by Podman from 4.6 on.</summary>
    public int Restarts { get; init; }
}

/// <summary>A port of this machine that is forwarded to a container.</summary>
public sealed record PublishedPort(
    [property: JsonPropertyName("host_ip")] string? HostIp,
    [property: JsonPropertyName("host_port")] int HostPort,
    [property: JsonPropertyName("container_port")] int ContainerPort);

/// <summary>A row of <c>pods/json</c>.</summary>
public sealed record PodRow
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public IReadOnlyList<PodMember>? Containers { get; init; }
}

/// <summary>A container of a pod: id and name.</summary>
public sealed record PodMember(string? Id, [property: JsonPropertyName("Names")] string? Name);

/// <summary><c>volumes/json</c> and <c>volumes/NAME/json</c>.</summary>
public sealed record VolumeRow(string Name, IReadOnlyDictionary<string, string>? Labels, string? Mountpoint = null);

/// <summary><c>networks/NAME/json</c>.</summary>
public sealed record NetworkRow(string Name, IReadOnlyDictionary<string, string>? Labels, IReadOnlyList<Subnet>? Subnets = null);

/// <summary>A part of a network, such as <c>10.89.0.0/24</c>.</summary>
/// <param name="Leases">The range of the addresses that Podman assigns by itself; null for all.</param>
public sealed record Subnet(
    [property: JsonPropertyName("subnet")] string Range, [property: JsonPropertyName("lease_range")] LeaseRange? Leases = null);

/// <summary>The first and the last address.</summary>
public sealed record LeaseRange([property: JsonPropertyName("start_ip")] string First, [property: JsonPropertyName("end_ip")] string Last);

/// <summary>A row of <c>secrets/json</c>.</summary>
/// <param name="UpdatedAt">As Podman writes it; only compared.</param>
public sealed record SecretRow([property: JsonPropertyName("ID")] string Id, SecretRowSpec Spec, string? UpdatedAt = null);

/// <param name="Labels">Kept by Podman 4.4 and later.</param>
public sealed record SecretRowSpec(string Name, IReadOnlyDictionary<string, string>? Labels = null, SecretDriverRow? Driver = null);

/// <param name="Options">The options that were given with the secret; for the driver <c>file</c> also the path of its content.</param>
public sealed record SecretDriverRow(string Name, IReadOnlyDictionary<string, string>? Options);

/// <summary>The details of a container.</summary>
public sealed record ContainerDetail
{
    public required string Id { get; init; }

    public required ContainerState State { get; init; }

    public ContainerConfig Config { get; init; } = new();
}

public sealed record ContainerState
{
    public required string Status { get; init; }

    public int ExitCode { get; init; }

    /// <summary>The year 1 until the container has ended once.</summary>
    public DateTimeOffset FinishedAt { get; init; }

    [JsonIgnore]
    public DateTimeOffset? EndedAt => FinishedAt.Year > 1 ? FinishedAt : null;

    /// <summary>The process number on this machine; 0 when the container does not run.</summary>
    public int Pid { get; init; }
}

public sealed record ContainerConfig
{
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>A number up to Podman 4.x, a name from 5.0 on.</summary>
    public System.Text.Json.JsonElement StopSignal { get; init; }

    /// <summary>Whether the stop signal makes PostgreSQL shut down fast.</summary>
    [JsonIgnore]
    public bool StopsFast => StopSignal.ValueKind switch
    {
        System.Text.Json.JsonValueKind.Number => StopSignal.GetInt32() == 2,
        System.Text.Json.JsonValueKind.String => StopSignal.GetString() is "SIGINT" or "INT" or "2",
        _ => false,
    };
}

public sealed record PodDetail(string Name, IReadOnlyDictionary<string, string>? Labels, IReadOnlyList<PodDetailMember>? Containers);

public sealed record PodDetailMember(string? Name, string? State);

public sealed record ImageDetail(string Id);

/// <summary>The used part of <c>podman info</c>.</summary>
public sealed record ServiceInfo(ServiceHost Host, ServiceStore Store, ServiceVersion Version);

public sealed record ServiceHost(ServiceSecurity Security);

public sealed record ServiceSecurity(bool Rootless);

public sealed record ServiceStore(string GraphDriverName);

public sealed record ServiceVersion(string Version);

/// <summary>The report of <c>play/kube</c>, whose status is 200 even if a container did not start.</summary>
public sealed record PlayReport(IReadOnlyList<PlayedPod>? Pods);

public sealed record PlayedPod([property: JsonPropertyName("ID")] string Id, IReadOnlyList<string>? ContainerErrors);

/// <summary>One line of <c>images/pull</c>.</summary>
public sealed record PullLine(string? Id, string? Error);

/// <summary>A line of the event stream.</summary>
public sealed record EventLine
{
    public string? Status { get; init; }

    public string? Type { get; init; }

    public EventActor? Actor { get; init; }

    public long TimeNano { get; init; }

    [JsonIgnore]
    public DateTimeOffset At => DateTimeOffset.UnixEpoch.AddTicks(TimeNano / TimeSpan.NanosecondsPerTick);
}

public sealed record EventActor(IReadOnlyDictionary<string, string>? Attributes);

/// <summary>The answer of <c>containers/create</c>.</summary>
public sealed record Created(string Id);

public sealed record NewVolume(string Name, IReadOnlyDictionary<string, string> Label, IReadOnlyDictionary<string, string> Options);

public sealed record NewNetwork(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("driver")] string Driver,
    [property: JsonPropertyName("dns_enabled")] bool DnsEnabled,
    [property: JsonPropertyName("labels")] IReadOnlyDictionary<string, string> Labels,
    [property: JsonPropertyName("subnets")] IReadOnlyList<Subnet>? Subnets = null);

/// <summary>
/// Generated at compile time, so that the first call of a short command does not need reflection. Podman's names are not consistent in
/// letter case.
/// </summary>
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LibpodError))]
[JsonSerializable(typeof(List<ContainerRow>))]
[JsonSerializable(typeof(List<PodRow>))]
[JsonSerializable(typeof(List<VolumeRow>))]
[JsonSerializable(typeof(List<SecretRow>))]
[JsonSerializable(typeof(SecretRow))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(VolumeRow))]
[JsonSerializable(typeof(NetworkRow))]
[JsonSerializable(typeof(ContainerDetail))]
[JsonSerializable(typeof(PodDetail))]
[JsonSerializable(typeof(ImageDetail))]
[JsonSerializable(typeof(ServiceInfo))]
[JsonSerializable(typeof(PlayReport))]
[JsonSerializable(typeof(PullLine))]
[JsonSerializable(typeof(EventLine))]
[JsonSerializable(typeof(Created))]
[JsonSerializable(typeof(NewVolume))]
[JsonSerializable(typeof(NewNetwork))]
[JsonSerializable(typeof(NewContainer))]
[JsonSerializable(typeof(System.Text.Json.JsonElement))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
internal sealed partial class LibpodJson : JsonSerializerContext;
