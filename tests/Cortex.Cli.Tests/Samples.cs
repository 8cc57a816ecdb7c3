using Cortex.Core.Api;
using k8s.Models;

namespace Cortex.Cli.Tests;

internal static class Samples
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public const string Yaml = """
        apiVersion: cortex.bicameral.dev/v1alpha1
        kind: CortexCluster
        metadata:
          name: cortex
        spec:
          instances: 2

        """;

    public static CortexCluster Cluster(ClusterStatus? status = null, string? promote = null) => new()
    {
        Metadata = new V1ObjectMeta { Name = "cortex", NamespaceProperty = "default", Generation = 2 },
        Spec = new ClusterSpec { Promote = promote },
        Status = status,
    };

    public static Condition Condition(string type, string status, string reason, string message = "", long generation = 2) =>
        new()
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = message,
            ObservedGeneration = generation,
            LastTransitionTime = Noon,
        };

    public static ClusterStatus Ready() => new()
    {
        ObservedGeneration = 2,
        Phase = Phases.Ready,
        Primary = "cortex-s1",
        Ready = "2/2",
        Lag = "0 B",
        Timeline = 2,
        PostgresVersion = "17.6",
        Instances =
        [
            new InstanceStatus
            {
                Name = "cortex-pr",
                Role = "Standby",
                State = InstanceStates.Streaming,
                LagBytes = 0,
                Timeline = 2,
                Address = "127.0.0.1:5432",
            },
            new InstanceStatus
            {
                Name = "cortex-s1",
                Role = "Primary",
                State = InstanceStates.Running,
                Timeline = 2,
                Address = "127.0.0.1:5433",
            },
        ],
        Conditions =
        [
            Condition(ConditionTypes.Ready, "True", Reasons.AsDesired),
            Condition(ConditionTypes.Replicating, "True", Reasons.Streaming),
            Condition(ConditionTypes.Secure, "True", Reasons.CertificatesInForce),
            Condition(ConditionTypes.Progressing, "False", Reasons.Idle),
            Condition(ConditionTypes.PromotionBlocked, "False", Reasons.NothingRequested),
        ],
        Certificates = [new CertificateStatus { Name = "cortex-ca", NotAfter = Noon.AddDays(90) }],
        LastPromotion = new PromotionReceipt
        {
            From = "cortex-pr", To = "cortex-s1", Kind = PromotionKind.Failover, RequestedAt = Noon.AddMinutes(-5),
            FencedAt = Noon.AddMinutes(-5).AddMilliseconds(90), PromotedAt = Noon.AddMinutes(-5).AddMilliseconds(210),
            WritableAt = Noon.AddMinutes(-5).AddMilliseconds(260),
        },
        Endpoints = new EndpointsStatus { ReadWrite = "host=127.0.0.1,127.0.0.1 port=5432,5433 dbname=app" },
    };
}
