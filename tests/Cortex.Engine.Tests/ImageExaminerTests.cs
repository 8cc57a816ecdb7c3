using System.Globalization;
using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Observe;
using Cortex.Engine.Targets;
using Microsoft.Extensions.Time.Testing;
using TargetException = Cortex.Engine.Targets.TargetException;

namespace Cortex.Engine.Tests;

/// <summary>An examination that failed says nothing about the image, and is not kept.</summary>
public sealed class ImageExaminerTests
{
    /// <summary>What the examination of an image with PostgreSQL 17 prints.</summary>
    public const string Seventeen =
        """
        999
        999
        postgres (PostgreSQL) 17.6
        only by restart: max_connections port some.extension_s
        default: max_connections 90
        default: max_locks_per_transaction 128
        default: max_prepared_transactions 0
        default: max_wal_senders 10
        default: max_worker_processes 8
        """;

    private const string Image = "localhost/postgres:17";

    /// <summary>Longer than every wait of the examiner.</summary>
    private static readonly TimeSpan Longer = TimeSpan.FromSeconds(1);

    private static readonly ClusterKey Key = new("default", "cortex");

    private readonly FakeTimeProvider clock = new();
    private readonly OneShots target;
    private readonly ImageExaminer examiner;

    public ImageExaminerTests()
    {
        var proxy = DispatchProxy.Create<IExecutionTarget, OneShots>();
        target = (OneShots)proxy;
        examiner = new ImageExaminer(proxy, proxy, clock);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_API_server_that_fails_once_fails_one_examination()
    {
        target.Failures.Enqueue(new HttpRequestException("the API server answered 500"));

        await Assert.ThrowsAsync<HttpRequestException>(() => examiner.SeeAsync(Key, Image, Ct));
        Assert.Equal(17, (await examiner.SeeAsync(Key, Image, Ct)).Facts?.MajorVersion);
        Assert.Equal(2, target.Runs);
    }

    [Fact]
    public async Task An_error_of_the_target_is_reported_and_the_examination_is_repeated()
    {
        target.Failures.Enqueue(new TargetException("Podman cannot be reached"));

        Assert.Contains("Podman cannot be reached", (await examiner.SeeAsync(Key, Image, Ct)).Problem, StringComparison.Ordinal);
        Assert.Equal(17, (await examiner.SeeAsync(Key, Image, Ct)).Facts?.MajorVersion);
    }

    /// <summary>The container goes with its cluster, and the image may be that of a hundred other clusters.</summary>
    [Theory]
    [InlineData(OneShotResult.Killed, "")]
    [InlineData(143, "999\n999")]
    [InlineData(0, "")]
    [InlineData(0, "999\n999")]
    public async Task An_examination_that_is_interrupted_is_repeated(int code, string said)
    {
        target.Results.Enqueue(new OneShotResult(code, said));

        Assert.Contains("could not be examined", (await examiner.SeeAsync(Key, Image, Ct)).Problem, StringComparison.Ordinal);
        Assert.Equal(17, (await examiner.SeeAsync(Key, Image, Ct)).Facts?.MajorVersion);
    }

    [Fact]
    public async Task What_an_image_lacks_is_asked_once()
    {
        target.Results.Enqueue(new OneShotResult(65, "it has no pg_rewind on its PATH"));

        Assert.Contains("it has no pg_rewind", (await examiner.SeeAsync(Key, Image, Ct)).Problem, StringComparison.Ordinal);
        Assert.Contains("it has no pg_rewind", (await examiner.SeeAsync(Key, Image, Ct)).Problem, StringComparison.Ordinal);
        Assert.Equal(1, target.Runs);
    }

    [Fact]
    public async Task An_image_is_examined_once()
    {
        await examiner.SeeAsync(Key, Image, Ct);
        await examiner.SeeAsync(Key, Image, Ct);

        Assert.Equal(1, target.Runs);
    }

    [Fact]
    public async Task A_pull_holds_no_look_and_an_edit_does_not_start_it_again()
    {
        target.Pull = new TaskCompletionSource<string?>();
        using var edited = new CancellationTokenSource();

        var first = examiner.LookAsync(Key, Image, Ct);
        clock.Advance(Longer);
        Assert.Equal(new ImageSeen(null, null), await first);
        var look = examiner.LookAsync(Key, Image, edited.Token);
        await edited.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => look);
        var ended = examiner.HaveEndedAsync(Image, TimeSpan.FromMilliseconds(10), Ct);
        clock.Advance(Longer);
        Assert.False(await ended);
        Assert.Equal(1, target.Searches);
        target.Pull.SetResult("sha256:1");

        Assert.Equal(17, (await examiner.SeeAsync(Key, Image, Ct)).Facts?.MajorVersion);
        Assert.True(await examiner.HaveEndedAsync(Image, TimeSpan.FromMilliseconds(10), Ct));
    }

    [Fact]
    public async Task An_image_that_cannot_be_found_is_searched_again()
    {
        target.Pull = new TaskCompletionSource<string?>();
        target.Pull.SetResult(null);
        Assert.Contains("could not be pulled", (await examiner.SeeAsync(Key, Image, Ct)).Problem, StringComparison.Ordinal);
        target.Pull = null;

        Assert.Equal(17, (await examiner.SeeAsync(Key, Image, Ct)).Facts?.MajorVersion);
    }

    [Fact]
    public async Task Only_what_the_image_reports_of_its_parameters_is_known()
    {
        var facts = (await examiner.SeeAsync(Key, Image, Ct)).Facts!;

        Assert.True(facts.Parameters.NeedRestart("some.extension_s") && facts.Parameters.NeedRestart("PORT"));
        Assert.False(facts.Parameters.NeedRestart("shared_buffers"));
        Assert.Equal(
            (90, 128), (facts.Parameters.LimitDefaults["max_connections"], facts.Parameters.LimitDefaults["max_locks_per_transaction"]));
    }

    [Theory]
    [InlineData("only by restart: max_connections port some.extension_s", "only by restart:", "does not say which parameters it has")]
    [InlineData("default: max_wal_senders 10", "default: max_wal_senders ten", "does not say which parameters it has")]
    [InlineData("17.6", "14.2", "has PostgreSQL 14.2; {0} are supported")]
    [InlineData("17.6", "99devel", "has PostgreSQL 99devel; {0} are supported")]
    public async Task An_unusable_image_is_refused_with_the_reason(string sound, string said, string problem)
    {
        target.Says = Seventeen.Replace(sound, said, StringComparison.Ordinal);

        Assert.Contains(
            string.Format(CultureInfo.InvariantCulture, problem, SupportedVersions.Range),
            (await examiner.SeeAsync(Key, Image, Ct)).Problem,
            StringComparison.Ordinal);
    }

    /// <summary>
    /// Finds every image. Its one-shots fail with the given exceptions, end with the given results, and then report a PostgreSQL.
    /// </summary>
    public class OneShots : DispatchProxy
    {
        public Queue<Exception> Failures { get; } = new();

        public Queue<OneShotResult> Results { get; } = new();

        public string Says { get; set; } = Seventeen;

        public int Runs { get; private set; }

        /// <summary>What a search waits for; null where the image is present.</summary>
        public TaskCompletionSource<string?>? Pull { get; set; }

        public int Searches { get; private set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod?.Name)
            {
                case nameof(IExecutionTarget.FindImageAsync):
                    Searches++;
                    return Pull?.Task ?? Task.FromResult<string?>("sha256:1");
                case nameof(IExecutionTarget.RunOneShotAsync):
                    Runs++;
                    return Failures.TryDequeue(out var failure)
                        ? Task.FromException<OneShotResult>(failure)
                        : Task.FromResult(Results.TryDequeue(out var result) ? result : new OneShotResult(0, Says));
                default:
                    throw new NotSupportedException(targetMethod?.Name);
            }
        }
    }
}
