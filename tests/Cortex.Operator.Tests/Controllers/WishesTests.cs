using Cortex.Core.Api;
using Cortex.Operator.Controllers;
using Cortex.Runtime;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;

namespace Cortex.Operator.Tests.Controllers;

/// <summary>When somebody last changed spec.promote, as the watch tells it.</summary>
public sealed class WishesTests
{
    private static readonly ObjectKey Key = new("default", "cortex");

    private readonly FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch);
    private readonly Wishes wishes;

    public WishesTests() => wishes = new Wishes(clock);

    [Fact]
    public void The_moment_is_that_at_which_promote_changed_and_no_other_edit_moves_it()
    {
        Note(Cluster(null), Cluster("cortex-s1"));
        clock.Advance(TimeSpan.FromSeconds(9));
        Note(Cluster("cortex-s1"), Cluster("cortex-s1", instances: 3));

        Assert.Equal(DateTimeOffset.UnixEpoch, wishes.PromoteChangedAt(Key));

        Note(Cluster("cortex-s1"), Cluster("cortex-pr"));

        Assert.Equal(clock.GetUtcNow(), wishes.PromoteChangedAt(Key));
    }

    [Fact]
    public void What_was_there_when_the_watch_began_is_not_dated()
    {
        wishes.Note(new(ChangeKind.Added, Key, Cluster("cortex-s1"), null));

        Assert.Null(wishes.PromoteChangedAt(Key));
    }

    [Fact]
    public void Another_cluster_of_the_name_begins_anew()
    {
        Note(Cluster(null), Cluster("cortex-s1"));
        Note(Cluster("cortex-s1"), Cluster("cortex-s1", uid: "b"));

        Assert.Null(wishes.PromoteChangedAt(Key));

        Note(Cluster(null, uid: "b"), Cluster("cortex-s1", uid: "b"));
        wishes.Note(new(ChangeKind.Deleted, Key, Cluster("cortex-s1", uid: "b"), Cluster("cortex-s1", uid: "b")));

        Assert.Null(wishes.PromoteChangedAt(Key));
    }

    private void Note(CortexCluster before, CortexCluster now) => wishes.Note(new(ChangeKind.Modified, Key, now, before));

    private static CortexCluster Cluster(string? promote, string uid = "a", int instances = 2) =>
        new() { Metadata = new V1ObjectMeta { Name = "cortex", NamespaceProperty = "default", Uid = uid }, Spec = new() { Promote = promote, Instances = instances } };
}
