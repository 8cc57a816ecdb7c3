using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Engine.Sql;
using Npgsql;

namespace Cortex.Engine.Observe;

/// <summary>
/// Every PostgreSQL that runs, asked at once. Most are where they were in the last look, so they are asked while the target still lists
/// what there is; what those answer that turn out not to run, or to be elsewhere, does not count.
/// </summary>
internal sealed class QuestionRound(PostgresSessions sessions, ClusterKey key, ClusterSpec spec, CancellationToken ct) : IAsyncDisposable
{
    /// <summary>Whoever has not answered by then counts as silent in this pass.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1.5);

    /// <summary>In which a query that was cancelled usually ends; longer than <see cref="PostgresSessions"/> waits for that.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(0.4);

    private readonly CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(ct);
    private readonly Dictionary<NpgsqlDataSource, Task<PostgresSeen?>> asked = [];

    public void AskEarly(IEnumerable<string> instances)
    {
        foreach (var instance in instances)
        {
            _ = AskAsync(instance);
        }
    }

    /// <summary>What those say that answer in time.</summary>
    public async Task<Dictionary<string, PostgresSeen>> AnswersAsync(IEnumerable<string> instances)
    {
        var asking = Task.WhenAll(instances.Select(async one => (Instance: one, Answer: await AskAsync(one))));
        // A query that is cancelled waits for its server, which may be frozen: whoever breaks off the look does not wait with it.
        var answers = await asking.WaitAsync(ct);
        ct.ThrowIfCancellationRequested();
        return answers.Where(one => one.Answer is not null).ToDictionary(one => one.Instance, one => one.Answer!);
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
            asked[source] = answer = InTimeAsync(source);
        }

        return answer;
    }

    private async Task<PostgresSeen?> InTimeAsync(NpgsqlDataSource source)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(over.Token);
        deadline.CancelAfter(Deadline);
        try
        {
            // A server that drips goes on answering a query that was cancelled; nobody waits for the end of it.
            return await InstanceProbe.AskAsync(source, deadline.Token).WaitAsync(Deadline + Grace, over.Token);
        }
        catch (Exception cause) when (cause is TimeoutException or OperationCanceledException)
        {
            return null;
        }
    }
}
