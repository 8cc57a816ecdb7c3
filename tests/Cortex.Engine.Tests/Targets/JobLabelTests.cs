using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Tests.Targets;

/// <summary>A later pass, and another version of the operator, recognizes a job by its labels.</summary>
public sealed class JobLabelTests
{
    private static readonly OneShot Work = new()
    {
        Cluster = new ClusterKey("default", "cortex"), Name = "cortex-s1-task", Image = "i", Script = "true", Instance = "cortex-s1",
    };

    [Fact]
    public void A_job_of_every_kind_is_seen_as_it_was_started()
    {
        (Job Job, JobSeen Seen)[] jobs =
        [
            (Job.OfJoin(Work, "cortex-pr", 3, "r"), JobSeen.OfJoin("cortex-s1", "cortex-pr", 3, exitCode: 1)),
            (Job.OfRestore(Work, "m", "r"), JobSeen.OfRestore("cortex-s1", "m", exitCode: 1)),
        ];

        Assert.Equal(Enum.GetValues<JobKind>(), jobs.Select(pair => pair.Job.Kind));
        Assert.All(jobs, pair => Assert.Equal(pair.Seen with { Revision = "r" }, Job.Seen(pair.Job.Labels, exitCode: 1)));
    }

    /// <summary>It had no label for the kind, and a restore had the labels of a join from itself, too.</summary>
    [Fact]
    public void A_job_that_an_earlier_version_started_is_seen_as_what_it_is()
    {
        var join = Labelled((Labels.JobOf, "cortex-s1"), (Labels.JoinFrom, "cortex-pr"), (Labels.JoinTimeline, "3"));
        var restore = Labelled(
            (Labels.JobOf, "cortex-pr"), (Labels.JoinFrom, "cortex-pr"), (Labels.JoinTimeline, "0"), (Labels.Restore, "m"));

        Assert.Equal(JobSeen.OfJoin("cortex-s1", "cortex-pr", 3), Job.Seen(join, exitCode: null));
        Assert.Equal(JobSeen.OfRestore("cortex-pr", "m"), Job.Seen(restore, exitCode: null));
    }

    [Fact]
    public void What_is_not_a_job_that_this_version_knows_is_not_seen_as_one()
    {
        Assert.Null(Job.Seen(null, exitCode: null));
        Assert.Null(Job.Seen(Labelled((Labels.JoinFrom, "cortex-pr"), (Labels.JoinTimeline, "3")), exitCode: null));
        Assert.Null(Job.Seen(Labelled((Labels.JobOf, "cortex-s1"), (Labels.JoinFrom, "cortex-pr")), exitCode: null));
        Assert.Null(Job.Seen(Labelled((Labels.JobOf, "cortex-s1"), (Labels.JobKind, "restore")), exitCode: null));
        Assert.Null(
            Job.Seen(
                Labelled(
                    (Labels.JobOf, "cortex-s1"), (Labels.JobKind, "another"), (Labels.JoinFrom, "cortex-pr"), (Labels.JoinTimeline, "3")),
                exitCode: null));
    }

    private static Dictionary<string, string> Labelled(params (string Name, string Value)[] labels) =>
        labels.ToDictionary(entry => entry.Name, entry => entry.Value);
}
