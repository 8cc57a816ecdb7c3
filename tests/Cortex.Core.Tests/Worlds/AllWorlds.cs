using System.Collections.Immutable;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Restoring;
using Cortex.Core.Tests.Builders;

namespace Cortex.Core.Tests.Worlds;

/// <summary>Every world of some instances in which status and data may be found together, whatever led to it.</summary>
internal static class AllWorlds
{
    private static readonly Line First = new(1, null, 0);
    private static readonly Line Second = new(2, First, 100);

    /// <summary>
    /// From the third instance on, more variety of faults adds only time: these instances are healthy, behind, stopped or absent.
    /// </summary>
    private const int Varied = 2;

    public static IEnumerable<World> Of(int instances, bool coarse)
    {
        var names = Names.Instances("cortex", instances);
        var certificates = Given.Certificates(new ClusterSpec { Instances = instances }, Given.Now).ToImmutableDictionary();
        var fresh = new World { Spec = new ClusterSpec { Instances = instances }, Certificates = certificates };
        var kinds = names.Select((name, at) => (Name: name, IsPlain: instances > 3 && at >= Varied))
            .Select(entry => KindsOf(entry.Name, fresh.Configuration(entry.Name), entry.IsPlain, coarse).ToList()).ToList();
        foreach (var status in Statuses(names))
        {
            var fitting = kinds.Select(list => list.Where(instance => Fits(instance, status)).ToList()).ToList();
            foreach (var mix in Product(fitting).Where(mix => mix.Count(instance => instance.MayWrite) <= 1))
            {
                foreach (var requested in names.Take(instances > 3 ? Varied + 1 : instances).Prepend(null))
                {
                    yield return new World
                    {
                        Spec = new ClusterSpec { Instances = instances, Promote = requested },
                        Status = status,
                        Instances = mix.ToImmutableSortedDictionary(instance => instance.Name, instance => instance.WithSlots(names)),
                        Certificates = certificates,
                        Secrets = [.. Names.Secrets("cortex", instances)],
                        Network = true,
                        Application = true,
                    };
                }
            }
        }
    }

    /// <summary>A pair that is to be restored, with nothing there yet, or what an earlier cluster or an earlier restore left.</summary>
    public static IEnumerable<World> ToBeRestored()
    {
        var spec = new ClusterSpec { Bootstrap = new() { FromBackup = new() { Cluster = "source" } } };
        var mark = new RestoreRequest(spec.Bootstrap.FromBackup).Mark;
        var (pr, s1) = (new Instance(Given.Pr) { Volume = true }, new Instance(Given.S1) { Volume = true });
        var restored = pr with { Data = new(Restoring.System, Second, 100, Standby: false), Restored = mark };
        Instance[][] left =
        [
            [],
            [pr],
            [pr, s1],
            [pr with { Data = new(Given.System, First, 100, Standby: false) }],
            [s1 with { Data = new(Given.System, First, 100, Standby: true) }],
            [restored],
            [restored, s1 with { Data = new(Restoring.System, Second, 100, Standby: true) }],
        ];
        return left.Select(instances => new World
        {
            Spec = spec,
            Instances = instances.ToImmutableSortedDictionary(instance => instance.Name, instance => instance),
        });
    }

    private static IEnumerable<ClusterStatus?> Statuses(IReadOnlyList<string> names)
    {
        yield return null;
        yield return new ClusterStatus { Primary = names[0] };
        yield return Given.Led(names[0]);
        foreach (var other in names.Skip(1))
        {
            yield return Given.Led(other) with { Timeline = 2, Fenced = [names[0]] };
            foreach (var kind in Enum.GetValues<PromotionKind>())
            {
                var promotion = new PromotionDecision { From = names[0], To = other, Kind = kind, RequestedAt = Given.Now };
                var begun = Given.Led(names[0]) with { Fenced = [names[0]], Promotion = promotion };
                yield return begun;
                yield return Decisions.FenceSeen(begun, Given.Now);
                yield return Decisions.Commit(begun, Given.Now);
                if (names.Count <= Varied)
                {
                    // A commitment as earlier versions wrote it.
                    yield return begun with { Promotion = begun.Promotion! with { FencedAt = Given.Now } };
                }
            }
        }
    }

    private static IEnumerable<Instance> KindsOf(string name, string configuration, bool plain, bool coarse) =>
        plain ? Plain(name, configuration) : Kinds(name, configuration, coarse);

    private static IEnumerable<Instance> Plain(string name, string configuration)
    {
        yield return new Instance(name);
        foreach (var line in new[] { First, Second })
        {
            var standby = new Instance(name)
            {
                Volume = true,
                Data = new Data(Given.System, line, 100, Standby: true),
                Written = configuration,
                Loaded = configuration,
                Pod = PodState.Running,
            };
            yield return standby;
            yield return standby.Stopped(Given.Now.AddHours(-1));
        }
    }

    private static IEnumerable<Instance> Kinds(string name, string configuration, bool coarse)
    {
        yield return new Instance(name);
        var empty = new Instance(name) { Volume = true };
        yield return empty;
        foreach (var line in new[] { First, Second })
        {
            foreach (var standby in new[] { false, true })
            {
                var data = new Data(Given.System, line, 100, standby);
                var whole = empty with { Data = data, Written = configuration, Loaded = configuration };
                var running = whole with { Pod = PodState.Running };
                Instance[] all = [whole, running, running with { Reachable = false }, running.Stopped(Given.Now.AddHours(-1))];
                Instance[] more =
                [
                    running.Stopped(Given.Now.AddHours(-1)) with { EndedCleanly = false },
                    running with { Pod = PodState.Paused },
                    whole with { Pod = PodState.Created },
                    whole with { Pod = PodState.Unknown, HalfMade = true },
                ];
                foreach (var instance in coarse ? all : [.. all, .. more])
                {
                    yield return instance;
                }
            }
        }
    }

    /// <summary>
    /// An instance that could accept writes is the decided primary, or fenced, or the target of a promotion that nothing can stop any more.
    /// </summary>
    private static bool Fits(Instance one, ClusterStatus? status) => (status, one.Data) switch
    {
        (null, _) => true,
        // The operator never empties a complete volume, so the primary and the target of a promotion have data or no volume.
        ({ SystemIdentifier: not null }, null) => !one.Volume || (one.Name != status.Primary && one.Name != status.Promotion?.To),
        (_, null) => true,
        ({ SystemIdentifier: null }, { } data) => one.Name == status.Primary && data is { Standby: false, Line.Number: 1 },
        ({ Promotion: { IsCommitted: true } committed }, { Line.Number: 2 } data) =>
            one.Name != committed.From && data.Standby == (one.Name != committed.To),
        ({ Promotion: { IsCommitted: true } committed }, { Standby: false }) => one.Name == committed.From,
        ({ Promotion: { } begun }, { } data) => data.Line.Number == 1 && data.Standby == (one.Name != begun.From),
        ({ Timeline: 2 }, { Standby: false } data) => data.Line.Number == (one.Name == status.Primary ? 2 : 1)
            && (one.Name == status.Primary || status.Fenced.Contains(one.Name)),
        ({ Timeline: 1 }, { } data) => data.Line.Number == 1 && data.Standby == (one.Name != status.Primary),
        _ => one.Name != status.Primary,
    };

    private static IEnumerable<ImmutableList<Instance>> Product(IReadOnlyList<List<Instance>> kinds) =>
        kinds.Aggregate(
            (IEnumerable<ImmutableList<Instance>>)[[]],
            (mixes, list) => mixes.SelectMany(_ => list, (mix, instance) => mix.Add(instance)));
}
