namespace Cortex.Chaos.Nemesis;

/// <summary>A fault that has been made: on whom, and what mends it.</summary>
internal sealed record Harm(string On, Func<Task> HealAsync)
{
    /// <summary>For what mends itself.</summary>
    public static Harm Passing(string on) => new(on, () => Task.CompletedTask);
}

/// <summary>Something that goes wrong, or that somebody wishes at the wrong moment. Null: it cannot be made now.</summary>
internal sealed record Fault(string Name, Func<Scene, Task<Harm?>> BeginAsync)
{
    public static readonly IReadOnlyList<Fault> All =
    [
        new("kill-postgres", scene => Breakdowns.KillPostgresAsync(scene, child: false)),
        new("kill-backend", scene => Breakdowns.KillPostgresAsync(scene, child: true)),
        new("kill-container", Breakdowns.KillContainerAsync),
        new("remove-pod", Breakdowns.RemovePodAsync),
        new("pause", Breakdowns.PauseAsync),
        new("cut-network", Breakdowns.CutNetworkAsync),
        new("fill-disk", Breakdowns.FillDiskAsync),
        new("kill-operator", Breakdowns.KillOperatorAsync),
        new("kill-podman", Breakdowns.KillPodmanAsync),
        new("switchover", Promotions.SwitchoverAsync),
        new("switchover-kill-operator", scene => Promotions.DisturbedSwitchoverAsync(scene, Promotions.KillOperatorAsync)),
        new("switchover-kill-primary", scene => Promotions.DisturbedSwitchoverAsync(scene, (inside, from, _) => Promotions.KillAsync(inside, from))),
        new("switchover-kill-target", scene => Promotions.DisturbedSwitchoverAsync(scene, (inside, _, to) => Promotions.KillAsync(inside, to))),
        new("switchover-kill-podman", scene => Promotions.DisturbedSwitchoverAsync(scene, Promotions.KillPodmanAsync)),
        new("failover-killed", scene => Promotions.FailoverAsync(scene, Breakdowns.KillContainerAsync)),
        new("failover-paused", scene => Promotions.FailoverAsync(scene, Breakdowns.PauseAsync)),
        new("failover-cut", scene => Promotions.FailoverAsync(scene, Breakdowns.CutNetworkAsync)),
        new("failover-behind", scene => Promotions.FailoverBehindAsync(scene, allowLoss: false)),
        new("failover-lossy", scene => Promotions.FailoverBehindAsync(scene, allowLoss: true)),
        new("promote-absent", Promotions.WishForAbsentAsync),
        new("promote-unknown", Promotions.WishForUnknownAsync),
    ];
}
