using System.Text.Json.Serialization;

namespace Cortex.Core.Api;

/// <summary>What the user asks for. Every property has its default here, and the same default stands in the CRD.</summary>
public sealed record ClusterSpec
{
    public const string DefaultImage = "localhost/anvil-alloydb-core:latest";

    /// <summary>Any image with PostgreSQL 15 to 18 on its PATH.</summary>
    public string Image { get; init; } = DefaultImage;

    /// <summary>How many instances, 1 to 9: the first is NAME-pr, the others NAME-s1, NAME-s2 and so on.</summary>
    public int Instances { get; init; } = 2;

    /// <summary>The instance that shall be the primary. Empty: leave the primary where it is.</summary>
    public string? Promote { get; init; }

    public PostgresSpec Postgres { get; init; } = new();

    public TlsSpec Tls { get; init; } = new();

    public DatabaseSpec Database { get; init; } = new();

    public PodmanSpec Podman { get; init; } = new();

    public ResourcesSpec? Resources { get; init; }

    public DeletionPolicy DeletionPolicy { get; init; } = DeletionPolicy.Retain;
}

/// <summary>Additions to the configuration; what replication and TLS rest on cannot be overridden.</summary>
public sealed record PostgresSpec
{
    /// <summary>Server parameters as in postgresql.conf: name to value.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Lines for pg_hba.conf, after the mandatory ones and before the default one.</summary>
    public IReadOnlyList<string> Hba { get; init; } = [];
}

/// <summary>Lifetimes in Go's duration syntax in hours, minutes and seconds, such as <c>2160h</c>.</summary>
public sealed record TlsSpec
{
    public string CaLifetime { get; init; } = "87600h";

    public string CertificateLifetime { get; init; } = "2160h";

    /// <summary>How long before its end a certificate is renewed. Empty: in the last third of its life.</summary>
    public string? RenewBefore { get; init; }
}

/// <summary>The application's database and the role that owns it.</summary>
public sealed record DatabaseSpec
{
    public string Name { get; init; } = "app";

    public string Owner { get; init; } = "app";
}

/// <summary>Where the instances are reached when Podman runs them; without meaning on Kubernetes.</summary>
public sealed record PodmanSpec
{
    public string BindAddress { get; init; } = "127.0.0.1";

    /// <summary>The port of the first instance; the next has the next.</summary>
    public int BasePort { get; init; } = 5432;
}

/// <summary>Quantities as Kubernetes writes them: <c>cpu: 500m</c>, <c>memory: 1Gi</c>.</summary>
public sealed record ResourcesSpec
{
    public IReadOnlyDictionary<string, string> Requests { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Limits { get; init; } = new Dictionary<string, string>();
}

/// <summary>What becomes of the data volumes when the resource is deleted.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DeletionPolicy>))]
public enum DeletionPolicy
{
    /// <summary>The volumes stay; a cluster of the same name takes them up again.</summary>
    Retain,

    /// <summary>The volumes go with the resource.</summary>
    Delete,
}
