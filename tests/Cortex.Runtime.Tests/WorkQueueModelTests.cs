using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Time.Testing;

namespace Cortex.Runtime.Tests;

/// <summary>Random sequences against a small model: for each key at most one due time, the earliest, and whether it runs.</summary>
public sealed class WorkQueueModelTests
{
    private static readonly ObjectKey[] Keys = [new("a", "1"), new("a", "2"), new("b", "1")];

    [Fact]
    public void No_sequence_runs_a_key_twice_at_the_same_time_or_loses_an_add() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(500),
            Prop.ForAll(ArbMap.Default.ArbFor<(byte Verb, byte Key, byte Seconds)[]>(), moves =>
        {
            using var run = new ModelRun();
            foreach (var (verb, key, seconds) in moves)
            {
                run.Play(verb % 5, Keys[key % Keys.Length], TimeSpan.FromSeconds(seconds % 7));
            }

            run.FinishEverything();
        }));

    private sealed class ModelRun : IDisposable
    {
        private readonly FakeTimeProvider time = new();
        private readonly WorkQueue queue;
        private readonly Dictionary<ObjectKey, DateTimeOffset> pending = [];
        private readonly HashSet<ObjectKey> running = [];

        public ModelRun() => queue = new WorkQueue(new Backoff(BackoffPolicy.Default, () => 0), time);

        private IEnumerable<ObjectKey> Ready =>
            pending.Where(p => p.Value <= time.GetUtcNow() && !running.Contains(p.Key)).Select(p => p.Key);

        public void Play(int verb, ObjectKey key, TimeSpan span)
        {
            switch (verb)
            {
                case 0: queue.Add(key); Ask(key, TimeSpan.Zero); break;
                case 1: queue.AddAfter(key, span); Ask(key, span); break;
                case 2: time.Advance(span); break;
                case 3 when Ready.Any(): Take(); break;
                case 4 when running.Remove(key): queue.Done(key); break;
            }

            Assert.Equal(Ready.Count(), queue.Depth);
            Assert.Equal(pending.Count(p => p.Value > time.GetUtcNow()), queue.Delayed);
        }

        public void FinishEverything()
        {
            foreach (var key in Keys)
            {
                Play(4, key, default);
            }

            Play(2, default, TimeSpan.FromHours(1));
            while (Ready.Any())
            {
                Take();
            }

            Assert.Empty(pending);
            Assert.Equal(0, queue.Depth);
        }

        public void Dispose() => queue.Dispose();

        private void Ask(ObjectKey key, TimeSpan after)
        {
            var due = time.GetUtcNow() + after;
            pending[key] = pending.TryGetValue(key, out var sooner) && sooner < due ? sooner : due;
        }

        private void Take()
        {
            var expected = Ready.ToHashSet();
            var take = queue.TakeAsync(TestContext.Current.CancellationToken).AsTask();
            Assert.True(take.IsCompletedSuccessfully, "a ready key is handed out at once");
            var key = take.Result!.Value;
            Assert.Contains(key, expected);
            Assert.True(running.Add(key), $"{key} ran twice at once");
            pending.Remove(key);
        }
    }
}
