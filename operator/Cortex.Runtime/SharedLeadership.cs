using System.Threading.Channels;

namespace Cortex.Runtime;

/// <summary>
/// One leadership for several control loops of a process: one of them leads, and the others work in its terms. So one lease decides for all
/// of them, and a term ends when all of them have ended their work.
/// </summary>
public sealed class SharedLeadership(ILeadership leadership) : ILeadership
{
    private readonly List<Follower> followers = [];

    /// <summary>A leadership whose terms are those of this one. Each is for one loop, and made before this one runs.</summary>
    public ILeadership Follow()
    {
        var follower = new Follower();
        followers.Add(follower);
        return follower;
    }

    public Task RunAsync(Func<Term, Task> lead, CancellationToken stop) => leadership.RunAsync(term => WorkAsync(lead, term), stop);

    /// <summary>An error of the leading loop ends the work of the others, or the term would never end.</summary>
    private async Task WorkAsync(Func<Term, Task> lead, Term term)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(term.Token);
        var shared = term with { Token = over.Token };
        await Task.WhenAll(followers.Select(follower => follower.WorkAsync(shared)).Prepend(LeadAsync()));

        async Task LeadAsync()
        {
            try
            {
                await lead(shared);
            }
            catch
            {
                await over.CancelAsync();
                throw;
            }
        }
    }

    private sealed class Follower : ILeadership
    {
        private readonly Channel<Offer> offers = Channel.CreateUnbounded<Offer>();

        /// <summary>
        /// Returns when the work of this loop in the term has ended, or the term has ended before the loop began to work.
        /// </summary>
        public async Task WorkAsync(Term term)
        {
            var offer = new Offer(term);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(term.Token, term.Stopping);
            await using var withdrawal = ended.Token.Register(offer.Withdraw);
            offers.Writer.TryWrite(offer);
            await offer.Ended;
        }

        public async Task RunAsync(Func<Term, Task> lead, CancellationToken stop)
        {
            try
            {
                await foreach (var offer in offers.Reader.ReadAllAsync(stop))
                {
                    await offer.TakeAsync(lead);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
            }
        }
    }

    /// <summary>A term that a loop may work in: it is taken or withdrawn, whichever comes first.</summary>
    private sealed class Offer(Term term)
    {
        private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int decided;

        public Task Ended => ended.Task;

        public void Withdraw()
        {
            if (Interlocked.Exchange(ref decided, 1) == 0)
            {
                ended.SetResult();
            }
        }

        public async Task TakeAsync(Func<Term, Task> lead)
        {
            if (Interlocked.Exchange(ref decided, 1) != 0)
            {
                return;
            }

            try
            {
                await lead(term);
            }
            finally
            {
                ended.SetResult();
            }
        }
    }
}
