namespace Cortex.Core.Planning.Forecasts;

/// <summary>The steps that change nothing in a forecast, each with the reason.</summary>
internal static class StepsWithoutEffect
{
    private const string Present = "a healthy cluster has it already";
    private const string AtOnce = "what it waits for is true at once in a healthy cluster";
    private const string Unplanned = "no plan for a healthy cluster that is kept contains it";
    private const string Elsewhere = "it changes what exists only on Kubernetes, and a forecast has no services";

    public static readonly IReadOnlyDictionary<Type, string> Reasons = new Dictionary<Type, string>
    {
        [typeof(Step.EnsureNetwork)] = Present,
        [typeof(Step.StorePassword)] = Present,
        [typeof(Step.IssueAuthority)] = Present,
        [typeof(Step.IssueCertificate)] = Present,
        [typeof(Step.Initialise)] = "a primary has its data already",
        [typeof(Step.Restore)] = "a primary has its data already",
        [typeof(Step.FinishRestore)] = "a primary has its data already",
        [typeof(Step.RecordRestored)] = "a primary has its data already",
        [typeof(Step.DiscardOldCopy)] = "a forecast keeps no old copies",
        [typeof(Step.ArrangeSlots)] = "an instance has the slots of all members as soon as there are members",
        [typeof(Step.Prove)] = "what is tried comes up",
        [typeof(Step.AwaitReplay)] = AtOnce,
        [typeof(Step.ConfirmSynchronous)] = AtOnce,
        [typeof(Step.PrepareRepository)] = "a forecast reads no repository",
        [typeof(Step.Checkpoint)] = "it changes nothing that a plan depends on",
        [typeof(Step.AssignRoles)] = Elsewhere,
        [typeof(Step.ArrangeObjects)] = Elsewhere,
        [typeof(Step.ForgetPod)] = Elsewhere,
        [typeof(Step.GrowVolume)] = "a forecast gives volumes no size; the field spec.storage.size tells what happens to them",
        [typeof(Step.DeleteSecret)] = Unplanned,
        [typeof(Step.DeleteNetwork)] = Unplanned,
        [typeof(Step.Release)] = Unplanned,
        [typeof(Step.Together)] = "its lanes are simulated step by step",
    };
}
