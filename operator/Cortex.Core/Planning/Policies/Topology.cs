using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Core.Planning.Policies;

/// <summary>Which instances there are: the first one, its standbys, and those no longer wished for.</summary>
internal static class Topology
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// A crash is mended by Podman's restart policy within this time; what stays down was stopped by somebody, who may be about to promote another.
    /// </summary>
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patiently = TimeSpan.FromSeconds(5);

    /// <summary>One that was started less than this ago is looked at often: it is about to stream.</summary>
    private static readonly TimeSpan Running = TimeSpan.FromSeconds(10);

    /// <summary>A server that ended so often within this time does not come up as it is.</summary>
    private static readonly TimeSpan CrashLoopWindow = TimeSpan.FromMinutes(1);
    private const int CrashLoopEnds = 3;
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    /// <summary>initdb, once in the life of the resource; or the start of what is there.</summary>
    public static Verdict CreatePrimary(Situation now)
    {
        var primary = now.Status.Primary ?? Names.Instance(now.Name, 0);
        if (now.Seen.Inventory.Pod(primary) is not null)
        {
            return Verdict.Nothing;
        }

        if (now.Status.SystemIdentifier is not null && !now.Seen.Inventory.HasVolume(primary))
        {
            // An empty database under the old name would be the end of the data: its standbys would follow it.
            return Verdict.Refuse(
                Reasons.DataMissing,
                $"the volume of the primary {primary} is gone; promote a standby that has the data: set spec.promote");
        }

        if (now.WithoutImage is { } without)
        {
            return without;
        }

        List<Step> start = [new Step.StartPod(primary), new Step.AwaitAnswer(primary)];
        // What exists is never initialised, not even where its volume vanishes between the look and the act; its certificates may be new.
        List<Step> make = now.Status.SystemIdentifier is null
            ? [new Step.CreateVolume(primary), new Step.Initialise(primary)]
            : now.Seen.RefusedConfiguration.Count > 0 ? [] : [.. Synchrony.Configure(now, primary, "it is to be started")];
        List<Step> decide = now.Status.Primary is null ? [new Step.DecidePrimary(primary)] : [];
        if (!IsNew(now))
        {
            return Verdict.DoAndLook([.. decide, .. make, .. start]);
        }

        // A clone waits for its primary by itself; begun now, its container is up by the time that the primary is.
        var clones = now.Wanted.Where(one => one != primary).Select(one => Grow(one, primary));
        return Verdict.DoAndLook([.. decide, new Step.Together([[.. make, .. start, new Step.EnsureDatabase()], .. clones], FirstLeads: true)]);
    }

    /// <summary>A pod that was stopped is started in place; the RFC leaves it to people to promote another.</summary>
    public static Verdict RestartStopped(Situation now)
    {
        var due = DueForStart(now);
        if (due.Count > 0 && now.WithoutImage is { } without)
        {
            return without;
        }

        if (due.Count > 0)
        {
            return Verdict.DoAndLook(new Step.Together([.. due.Select(pod => Restart(now, pod))]));
        }

        if (now.Seen.Answer(now.Status.Primary) is not null)
        {
            return Verdict.Nothing;
        }

        if (Configuration.LaySilent(now) is { Count: > 0 } steps)
        {
            return Verdict.DoAndLook(steps);
        }

        if (now.Seen.Inventory.Pod(now.Status.Primary!) is { } pod && CannotRun(now, pod) && Outdated.Of(now, pod.Instance) is { NewPod: true } why)
        {
            return now.WithoutImage ?? ConfigurationChecks.WhyNot(now)
                ?? Verdict.DoAndLook([.. Rollout.Prove(why), .. Rollout.Start(why, pod.Instance), new Step.AwaitAnswer(pod.Instance)]);
        }

        if (now.ShowsAnother(now.Status.Primary))
        {
            return ConfigurationChecks.WhyNot(now) ?? Verdict.Wait(Soon, NotLoaded(now, now.Status.Primary!));
        }

        return Verdict.Wait(
            Soon, $"the primary {now.Status.Primary} does not answer; if it stays so, promote a standby with spec.promote{Words(now, [now.Status.Primary!])}");
    }

    /// <summary>The pods that somebody stopped, and that nothing but us starts again.</summary>
    public static IReadOnlyList<PodSeen> DueForStart(Situation now) =>
    [
        .. now.Seen.Inventory.Pods
            .Where(pod => pod.IsAtRest && now.Wanted.Contains(pod.Instance) && !now.IsFenced(pod.Instance))
            .Where(pod => pod.StoppedAt is not { } at || now.Now - at >= RestartDelay),
    ];

    /// <summary>
    /// A standby that rests is started as it should be; a primary as it was, for an update is tried on its standbys first, unless as it was it does not come up. With an image that refuses
    /// the configuration nobody is started.
    /// </summary>
    private static IReadOnlyList<Step> Restart(Situation now, PodSeen pod)
    {
        var asItWas = now.Seen.RefusedConfiguration.Count > 0 || (pod.Instance == now.Status.Primary && now.Wanted.Count > 1 && !CannotRun(now, pod));
        var why = asItWas ? null : Outdated.Of(now, pod.Instance);
        return [.. Rollout.Prove(why), .. Rollout.Start(why, pod.Instance)];
    }

    /// <summary>
    /// It ended with a word of its own and has only just been started again, or waits for that; it ends again and again, with or without a word; or it cannot even be started. One that
    /// runs for longer and is silent may be well, and only not be reached from here.
    /// </summary>
    private static bool CannotRun(Situation now, PodSeen pod) => pod.Trouble is not null
        || (now.Seen.Ends.GetValueOrDefault(pod.Instance) is { Count: >= CrashLoopEnds } ends && now.Now - ends[^CrashLoopEnds].At < CrashLoopWindow)
        || (now.Seen.LastWords.ContainsKey(pod.Instance) && pod.State != PodState.Paused && (pod.State != PodState.Running || now.Now - pod.StartedAt < Running));

    /// <summary>Missing standbys are made from the primary, and those that cannot follow it are brought back, all at once, while the application's database is made.</summary>
    public static Verdict GrowStandbys(Situation now)
    {
        var primary = now.Status.Primary!;
        var missing = now.Wanted.Where(one => one != primary && !now.IsFenced(one) && now.Seen.Inventory.Pod(one) is null && !now.Seen.KeptData.ContainsKey(one) && Rejoin.WhyNoCopy(now, one) is null).ToList();
        List<IReadOnlyList<Step>> lanes = [.. missing.Select(one => Grow(one, primary)), .. Rejoin.Lanes(now, primary)];
        if (now.Seen.ApplicationReady.Is(false) && !now.DatabaseIsGone)
        {
            lanes.Add([new Step.EnsureDatabase()]);
        }

        return lanes.Count > 0 ? now.WithoutImage ?? ConfigurationChecks.WhyNot(now) ?? Verdict.DoAndLook(new Step.Together(lanes)) : AwaitStandbys(now, primary);
    }

    /// <summary>Instances beyond spec.instances go, never the primary; their data only by deletionPolicy.</summary>
    public static Verdict Shrink(Situation now)
    {
        if (PrimaryWishes.LeftOut(now.Cluster) is { } left)
        {
            // Before anything goes: what is refused has changed nothing.
            return Verdict.Refuse(Reasons.InvalidSpec, left.ToString());
        }

        var held = Synchrony.Holders(now).Except(now.Wanted).ToList();
        var surplus = now.Seen.Inventory.Pods.Select(pod => pod.Instance).Where(one => !now.Wanted.Contains(one) && !held.Contains(one)).ToList();
        // A volume outlives its pod when whoever deletes them is cut off in between.
        var volumes = now.Seen.Inventory.Volumes.Select(volume => volume.Instance)
            .Where(one => now.Spec.DeletionPolicy == DeletionPolicy.Delete && !now.Wanted.Contains(one) && !held.Contains(one));
        List<Step> steps = [.. surplus.Select(one => new Step.RemovePod(one)), .. volumes.Select(one => new Step.DeleteVolume(one))];
        if (steps.Count > 0)
        {
            return Verdict.DoAndLook(steps);
        }

        if (held.Count > 0)
        {
            return new Verdict { LookAgain = Patiently, Why = $"{string.Join(", ", held)} may have the only copy of an acknowledged commit, and goes once another standby has it" };
        }

        return Verdict.Nothing;
    }

    /// <summary>Nothing of this cluster was ever there.</summary>
    private static bool IsNew(Situation now) =>
        now.Status is { SystemIdentifier: null, Fenced.Count: 0 } && now.Seen.Inventory is { Pods.Count: 0, Volumes.Count: 0 };

    /// <summary>Whatever the volume holds, and be it nothing.</summary>
    private static IReadOnlyList<Step> Grow(string standby, string primary) =>
        [new Step.CreateVolume(standby), new Step.Join(standby, primary), new Step.StartPod(standby), new Step.AwaitStreaming(standby)];

    /// <summary>A promotion would not help: whoever runs has to load what was laid, and does.</summary>
    internal static string NotLoaded(Situation now, string instance) =>
        $"{instance} serves with another certificate than it has been issued, so that it cannot be verified; it loads the new one a moment after that was laid; if it stays so: {Remedy.RemovePod(now, [instance])}";

    /// <summary>What is known of why they do not serve, each with a semicolon before it; empty where nothing is.</summary>
    internal static string Words(Situation now, IEnumerable<string> instances) => string.Concat(instances.Select(one =>
        now.ShowsAnother(one) ? $"; {NotLoaded(now, one)}"
        : now.Seen.Inventory.Pod(one)?.Trouble is { } trouble ? $"; {one} cannot start: {trouble}"
        : now.Seen.LastWords.TryGetValue(one, out var words) ? $"; {one} last said: {words}"
        : now.Seen.Ends.GetValueOrDefault(one) is [.., var end] ? $"; the server of {one} {end.How}{(end.IsKill ? ", as the kernel does where memory runs out: see spec.resources" : "")}"
        : ""));

    private static Verdict AwaitStandbys(Situation now, string primary)
    {
        var waiting = now.Wanted
            .Where(one => one != primary && now.Seen.Answer(one) is not { InRecovery: true, Streaming: true })
            .Select(one => Rejoin.WhyKept(now, one) is { } why ? $"{one} ({why})" : Rejoin.Rest(now, one) is null ? one : $"{one} (left alone for a moment, for clients come first)")
            .ToList();
        var rest = now.Wanted.Select(one => Rejoin.Rest(now, one)).Max();
        var starting = now.Seen.Inventory.Pods.Any(pod => now.Now - pod.StartedAt < Running);
        var why = $"{string.Join(", ", waiting)} not streaming yet{Words(now, waiting)}";
        // Whatever else there is to do takes the machine from the clients, too.
        return rest is { } moment ? Verdict.Wait(moment, why)
            : waiting.Count > 0 ? new Verdict { LookAgain = starting ? Glance : Patiently, Why = why }
            : Verdict.Nothing;
    }
}
