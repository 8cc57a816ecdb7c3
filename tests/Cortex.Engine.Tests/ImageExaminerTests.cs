using System.Reflection;
using Cortex.Core.Api;
using Cortex.Engine.Observe;
using Cortex.Engine.Targets;
using TargetException = Cortex.Engine.Targets.TargetException;

namespace Cortex.Engine.Tests;

/// <summary>An examination that failed says nothing about the image, and is not kept.</summary>
public sealed class ImageExaminerTests
{
    private const string Image = "localhost/postgres:17";

    private static readonly ClusterKey Key = new("default", "cortex");

    private readonly OneShots target;
    private readonly ImageExaminer examiner;

    public ImageExaminerTests()
    {
        var proxy = DispatchProxy.Create<IExecutionTarget, OneShots>();
        target = (OneShots)proxy;
        examiner = new ImageExaminer(proxy);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_API_server_that_fails_once_fails_one_look()
    {
        target.Failures.Enqueue(new HttpRequestException("the API server answered 500"));

        await Assert.ThrowsAsync<HttpRequestException>(() => examiner.SeeAsync(Key, Image, Ct));
        Assert.Equal(17, (await examiner.SeeAsync(Key, Image, Ct)).Facts?.MajorVersion);
        Assert.Equal(2, target.Runs);
    }

    [Fact]
    public async Task A_target_in_trouble_is_said_and_asked_again()
    {
        target.Failures.Enqueue(new TargetException("Podman cannot be reached"));

        Assert.Contains("Podman cannot be reached", (await examiner.SeeAsync(Key, Image, Ct)).Problem, StringComparison.Ordinal);
        Assert.Equal(17, (await examiner.SeeAsync(Key, Image, Ct)).Facts?.MajorVersion);
    }

    [Fact]
    public async Task An_image_is_examined_once()
    {
        await examiner.SeeAsync(Key, Image, Ct);
        await examiner.SeeAsync(Key, Image, Ct);

        Assert.Equal(1, target.Runs);
    }

    /// <summary>Finds every image; its one-shots fail as they are told to, one after the other, and then tell of a PostgreSQL.</summary>
    public class OneShots : DispatchProxy
    {
        public Queue<Exception> Failures { get; } = new();

        public int Runs { get; private set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod?.Name)
            {
                case nameof(IExecutionTarget.FindImageAsync):
                    return Task.FromResult<string?>("sha256:1");
                case nameof(IExecutionTarget.RunOneShotAsync):
                    Runs++;
                    return Failures.TryDequeue(out var failure)
                        ? Task.FromException<OneShotResult>(failure)
                        : Task.FromResult(new OneShotResult(0, "999\n999\npostgres (PostgreSQL) 17.6\n"));
                default:
                    throw new NotSupportedException(targetMethod?.Name);
            }
        }
    }
}
