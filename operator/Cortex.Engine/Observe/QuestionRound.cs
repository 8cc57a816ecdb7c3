using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Engine.Sql;
using Npgsql;

namespace Cortex.Engine.Observe;

/// <summary>
/// Asks every running PostgreSQL server at the same time. Most servers are where they were in the last pass, so they are asked while the
/// target still lists the objects; the answers of servers that turn out not to run, or to be elsewhere, do not count.
/// </summary>
internal sealed class QuestionRound(PostgresSessions sessions, ClusterKey key, ClusterSpec spec, CancellationToken ct) : IAsyncDisposable
{
    /// <summary>A server that has not answered by then counts as silent in this pass.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(1.5);

    /// <summary>
    /// The time in which a cancelled query usually ends; longer than <see cref="PostgresSessions"/> waits for the cancellation.
    /// </summary>
    private static readonly TimeSpan CancellationTimeout = TimeSpan.FromSeconds(0.4);

    private readonly CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(ct);
    private readonly Dictionary<NpgsqlDataSource, Task<PostgresSeen?>> asked = [];

    public void StartAsking(IEnumerable<string> instances)
    {
        foreach (var instance in instances)
        {
            _ = AskAsync(instance);
        }
    }

    /// <summary>The answers of the servers that answer in time.</summary>
    public async Task<Dictionary<string, PostgresSeen>> AnswersAsync(IEnumerable<string> instances)
    {
        var asking = Task.WhenAll(instances.Select(async instance => (Instance: instance, Answer: await AskAsync(instance))));
        // A cancelled query waits for its server, which may be frozen: an observation that is cancelled does not wait with it.
        var answers = await asking.WaitAsync(ct);
        ct.ThrowIfCancellationRequested();
        return answers.Where(entry => entry.Answer is not null).ToDictionary(entry => entry.Instance, entry => entry.Answer!);
    }

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        over.Dispose();
    }

    private Task<PostgresSeen?> AskAsync(string instance)
    {
        if (sessions.For(key, spec, instance) is not { } source)
        {
            return Task.FromResult<PostgresSeen?>(null);
        }

        if (!asked.TryGetValue(source, out var answer))
        {
            asked[source] = answer = AskWithinDeadlineAsync(source);
        }

        return answer;
    }

    private async Task<PostgresSeen?> AskWithinDeadlineAsync(NpgsqlDataSource source)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(over.Token);
        deadline.CancelAfter(AnswerTimeout);
        try
        {
            // A server that answers byte by byte goes on after its query was cancelled; the end of that is not waited for.
            return await InstanceProbe.AskAsync(source, deadline.Token).WaitAsync(AnswerTimeout + CancellationTimeout, over.Token);
        }
        catch (Exception cause) when (cause is TimeoutException or OperationCanceledException)
        {
            return null;
        }
    }
}
