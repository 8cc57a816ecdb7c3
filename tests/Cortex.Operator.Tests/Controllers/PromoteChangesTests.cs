using Cortex.Core.Api;
using Cortex.Operator.Controllers;
using Cortex.Runtime;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;

namespace Cortex.Operator.Tests.Controllers;

/// <summary>The time of the last change of spec.promote, as the watch reports it.</summary>
public sealed class PromoteChangesTests
{
    private static readonly ObjectKey Key = new("default", "cortex");

    private readonly FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch);
    private readonly PromoteChanges changes;

    public PromoteChangesTests() => changes = new PromoteChanges(clock);

    [Fact]
    public void The_time_is_that_of_the_last_change_of_spec_promote()
    {
        Change(Cluster(null), Cluster("cortex-s1"));
        clock.Advance(TimeSpan.FromSeconds(9));
        Change(Cluster("cortex-s1"), Cluster("cortex-s1", instances: 3));

        Assert.Equal(DateTimeOffset.UnixEpoch, changes.ChangedAt(Key));

        Change(Cluster("cortex-s1"), Cluster("cortex-pr"));

        Assert.Equal(clock.GetUtcNow(), changes.ChangedAt(Key));
    }

    [Fact]
    public void The_value_at_the_beginning_of_the_watch_has_no_time()
    {
        changes.Record(new(ChangeKind.Added, Key, Cluster("cortex-s1"), null));

        Assert.Null(changes.ChangedAt(Key));
    }

    [Fact]
    public void A_new_cluster_with_the_same_name_has_no_time()
    {
        Change(Cluster(null), Cluster("cortex-s1"));
        Change(Cluster("cortex-s1"), Cluster("cortex-s1", uid: "b"));

        Assert.Null(changes.ChangedAt(Key));

        Change(Cluster(null, uid: "b"), Cluster("cortex-s1", uid: "b"));
        changes.Record(new(ChangeKind.Deleted, Key, Cluster("cortex-s1", uid: "b"), Cluster("cortex-s1", uid: "b")));

        Assert.Null(changes.ChangedAt(Key));
    }

    private void Change(CortexCluster before, CortexCluster now) => changes.Record(new(ChangeKind.Modified, Key, now, before));

    private static CortexCluster Cluster(string? promote, string uid = "a", int instances = 2) =>
        new()
        {
            Metadata = new V1ObjectMeta { Name = "cortex", NamespaceProperty = "default", Uid = uid },
            Spec = new() { Promote = promote, Instances = instances },
        };
}
