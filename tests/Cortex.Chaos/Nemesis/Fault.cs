namespace Cortex.Chaos.Nemesis;

/// <summary>A fault, or a promotion at an unsuitable moment. Null: it cannot be injected now.</summary>
internal sealed record Fault(string Name, Func<ChaosContext, Task<ActiveFault?>> BeginAsync)
{
    public static readonly IReadOnlyList<Fault> All =
    [
        new("kill-postgres", context => InfrastructureFaults.KillPostgresAsync(context, child: false)),
        new("kill-backend", context => InfrastructureFaults.KillPostgresAsync(context, child: true)),
        new("kill-container", InfrastructureFaults.KillContainerAsync),
        new("remove-pod", InfrastructureFaults.RemovePodAsync),
        new("pause", InfrastructureFaults.PauseAsync),
        new("cut-network", InfrastructureFaults.CutNetworkAsync),
        new("fill-disk", InfrastructureFaults.FillDiskAsync),
        new("kill-operator", InfrastructureFaults.KillOperatorAsync),
        new("kill-podman", InfrastructureFaults.KillPodmanAsync),
        new("switchover", PromotionFaults.SwitchoverAsync),
        new("switchover-kill-operator", context => PromotionFaults.DisturbedSwitchoverAsync(context, PromotionFaults.KillOperatorAsync)),
        new(
            "switchover-kill-primary",
            context => PromotionFaults.DisturbedSwitchoverAsync(context, (inside, from, _) => PromotionFaults.KillAsync(inside, from))),
        new(
            "switchover-kill-target",
            context => PromotionFaults.DisturbedSwitchoverAsync(context, (inside, _, to) => PromotionFaults.KillAsync(inside, to))),
        new("switchover-kill-podman", context => PromotionFaults.DisturbedSwitchoverAsync(context, PromotionFaults.KillPodmanAsync)),
        new("failover-killed", context => PromotionFaults.FailoverAsync(context, InfrastructureFaults.KillContainerAsync)),
        new("failover-paused", context => PromotionFaults.FailoverAsync(context, InfrastructureFaults.PauseAsync)),
        new("failover-cut", context => PromotionFaults.FailoverAsync(context, InfrastructureFaults.CutNetworkAsync)),
        new("failover-behind", context => PromotionFaults.FailoverBehindAsync(context, allowLoss: false)),
        new("failover-lossy", context => PromotionFaults.FailoverBehindAsync(context, allowLoss: true)),
        new("promote-absent", PromotionFaults.PromoteAbsentAsync),
        new("promote-unknown", PromotionFaults.PromoteUnknownAsync),
    ];
}
