using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Memory;
using Cortex.Engine.Observe;
using Cortex.Engine.Targets;
using Microsoft.Extensions.Time.Testing;

namespace Cortex.Engine.Tests;

/// <summary>The volumes of a cluster that is adopted.</summary>
public sealed class DataInspectionTests
{
    private const string Data =
        """
        Database system identifier: 7000000000000000001
        Latest checkpoint's TimeLineID: 3
        Standby signal: yes
        Major version: 17
        """;

    private static readonly ClusterKey Key = new("default", "cortex");
    private static readonly string[] Instances = ["cortex-pr", "cortex-s1", "cortex-s2", "cortex-s3"];

    private readonly FakeTimeProvider clock = new();
    private readonly Volumes volumes;
    private readonly DataInspection inspection;

    public DataInspectionTests()
    {
        var target = DispatchProxy.Create<IOneShots, Volumes>();
        volumes = (Volumes)target;
        inspection = new DataInspection(target, new ClusterMemory(), clock);
    }

    /// <summary>Together they may take minutes: the result of the first must not be lost before the last is read.</summary>
    [Fact]
    public async Task Slow_volumes_are_each_read_once_and_reported_together()
    {
        foreach (var instance in Instances)
        {
            Assert.Null(await LookAsync());
            Assert.Equal(instance, volumes.Read[^1].Instance);
            clock.Advance(TimeSpan.FromSeconds(30));
            volumes.Answers[^1].SetResult(new OneShotResult(0, instance == "cortex-s2" ? "" : Data));
        }

        var found = await LookAsync();
        Assert.Equal(["cortex-pr", "cortex-s1", "cortex-s3"], found?.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(new DataSeen("7000000000000000001", 3, IsStandby: true, MajorVersion: 17), found!["cortex-pr"]);
        Assert.Equal(Instances.Length, volumes.Read.Count);
    }

    [Fact]
    public async Task Where_there_are_no_volumes_nothing_is_read()
    {
        Assert.Equal([], await inspection.LookAsync(Key, new ClusterSpec(), [], Image, TestContext.Current.CancellationToken));
        Assert.Empty(volumes.Read);
    }

    private static ImageFacts Image => new("sha256:1", "17.6", 17, 999, 999);

    private async Task<IReadOnlyDictionary<string, DataSeen>?> LookAsync()
    {
        var look = inspection.LookAsync(Key, new ClusterSpec(), Instances, Image, TestContext.Current.CancellationToken);
        clock.Advance(SlowReads<string>.WaitLimit);
        return await look;
    }

    /// <summary>One-shots that end when the test says so.</summary>
    public class Volumes : DispatchProxy
    {
        public List<OneShot> Read { get; } = [];

        public List<TaskCompletionSource<OneShotResult>> Answers { get; } = [];

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Read.Add((OneShot)args![0]!);
            Answers.Add(new TaskCompletionSource<OneShotResult>());
            return Answers[^1].Task;
        }
    }
}
