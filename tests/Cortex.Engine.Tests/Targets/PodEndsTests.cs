using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Engine.Memory;
using Cortex.Engine.Targets.Kubernetes;
using k8s.Models;

namespace Cortex.Engine.Tests.Targets;

/// <summary>Since when a deleted pod has accepted no writes: the gap of a receipt begins there.</summary>
public sealed class PodEndsTests
{
    private static readonly ClusterKey Key = new("shop", "cortex");
    private static readonly DateTime Ended = new(2026, 1, 1, 12, 0, 5, DateTimeKind.Utc);

    private readonly ClusterMemory memory = new();
    private readonly PodEnds ends;

    public PodEndsTests() => ends = new PodEnds(TimeProvider.System, memory);

    [Fact]
    public void The_time_that_the_node_reported_counts_if_the_pod_contained_it()
    {
        ends.Note(Pod(terminated: Ended), deleted: false);
        Assert.Null(ends.Of(Key, "cortex-pr"));
        ends.Note(Pod(terminated: Ended), deleted: true);

        Assert.Equal(new DateTimeOffset(Ended), ends.Of(Key, "cortex-pr"));
    }

    [Fact]
    public void A_container_that_waits_for_its_next_start_ended_when_it_last_ran()
    {
        ends.Note(Pod(waitingSince: Ended), deleted: true);

        Assert.Equal(new DateTimeOffset(Ended), ends.Of(Key, "cortex-pr"));
    }

    [Fact]
    public void A_pod_that_was_deleted_while_it_ran_ended_with_its_deletion()
    {
        var before = DateTimeOffset.UtcNow;
        ends.Note(Pod(), deleted: true);

        Assert.InRange(ends.Of(Key, "cortex-pr")!.Value, before, DateTimeOffset.UtcNow);
    }

    [Fact]
    public void A_new_pod_of_the_same_name_replaces_what_was_known_of_the_old_one()
    {
        ends.Note(Pod(terminated: Ended), deleted: true);
        ends.Note(Pod(uid: "2"), deleted: false);

        Assert.Null(ends.Of(Key, "cortex-pr"));
    }

    [Fact]
    public void The_ends_of_a_clusters_pods_are_forgotten_with_the_cluster()
    {
        ends.Note(Pod(terminated: Ended), deleted: true);
        memory.Forget(new ClusterKey("shop", "other"));
        Assert.NotNull(ends.Of(Key, "cortex-pr"));

        memory.Forget(Key);

        Assert.Null(ends.Of(Key, "cortex-pr"));
        Assert.Equal(0, memory.Count);
    }

    private static V1Pod Pod(DateTime? terminated = null, DateTime? waitingSince = null, string uid = "1") => new()
    {
        Metadata = new() { Name = "cortex-pr", NamespaceProperty = "shop", Uid = uid, Labels = Labels.Of(Key, "cortex-pr") },
        Status = new()
        {
            ContainerStatuses =
            [
                new()
                {
                    Name = "postgres",
                    State = new()
                    {
                        Terminated = terminated is { } at ? new() { FinishedAt = at } : null,
                        Waiting = waitingSince is null ? null : new(),
                        Running = terminated is null && waitingSince is null ? new() { StartedAt = Ended } : null,
                    },
                    LastState = waitingSince is { } last ? new() { Terminated = new() { FinishedAt = last } } : null,
                },
            ],
        },
    };
}
