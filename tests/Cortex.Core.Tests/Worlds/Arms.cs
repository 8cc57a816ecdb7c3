using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Core.Planning;
using Cortex.Core.Tests.Builders;

namespace Cortex.Core.Tests.Worlds;

/// <summary>What each arm of the engine's executor does to the world.</summary>
internal static class Arms
{
    public static void Do(Pass pass, Step step)
    {
        switch (step)
        {
            case Step.EnsureNetwork: pass.Set(pass.World with { Network = true }); break;
            case Step.StorePassword one: pass.Set(pass.World with { Secrets = pass.World.Secrets.Add(one.Secret) }); break;
            case Step.IssueAuthority or Step.IssueCertificate: Issue(pass, step); break;
            case Step.CreateVolume createVolume: Image(pass); pass.Set(pass.World[createVolume.Instance] with { Volume = true }); break;
            case Step.Initialise initialise: Initialise(pass, initialise.Instance); break;
            case Step.Join join: Join(pass, join); break;
            case Step.Restore restore: Prepare(pass, restore.Instance); JobArms.StartRestore(pass, restore); break;
            case Step.FinishRestore finishRestore: JobArms.FinishRestore(pass, finishRestore); break;
            case Step.FinishJoin finishJoin: JobArms.FinishJoin(pass, finishJoin); break;
            case Step.EndJob endJob: pass.Set(Joining.Killed(pass.World[endJob.Instance]) with { Job = null, Restore = null }); break;
            case Step.DiscardOldCopy discardOldCopy: pass.Set(pass.World[discardOldCopy.Instance] with { OldCopy = null }); break;
            case Step.ArrangeSlots arrangeSlots: ArrangeSlots(pass, arrangeSlots); break;
            case Step.SuspendSynchronous suspendSynchronous: Waiting.Suspend(pass, suspendSynchronous); break;
            case Step.ConfirmSynchronous confirmSynchronous: Waiting.Confirm(pass, confirmSynchronous); break;
            case Step.Configure configure: Configure(pass, configure.Instance); break;
            case Step.Prove: Image(pass); break;
            case Step.StartPod startPod: Image(pass); Start(pass, startPod.Instance); break;
            case Step.EnsureDatabase: Writing(pass, pass.Cluster.Status!.Primary!); pass.Set(pass.World with { Application = true }); break;
            case Step.Fence fence: Stop(pass, fence.Instance); pass.Set(pass.World[fence.Instance] with { EndedCleanly = false }); break;
            case Step.HandOver handOver: HandOver(pass, handOver); break;
            case Step.Promote one: Promote(pass, one.Instance); pass.Keep(status => Decisions.Promoted(status, pass.World.Now)); break;
            case Step.CompletePromotion completePromotion: Complete(pass, completePromotion.To); break;
            case Step.PrepareRepository prepareRepository: Answering(pass, prepareRepository.Instance); break;
            case Step.Checkpoint checkpoint: Writing(pass, checkpoint.Instance); break;
            case Step.AwaitReplay awaitReplay: Answering(pass, awaitReplay.Instance); break;
            case Step.StopPod stopPod: Stop(pass, stopPod.Instance); break;
            case Step.RemovePod removePod: RemovePod(pass, removePod.Instance); break;
            case Step.DeleteVolume deleteVolume: DeleteVolume(pass, deleteVolume.Instance); break;
            case Step.DeleteSecret deleteSecret: DeleteSecret(pass, deleteSecret.Secret); break;
            case Step.DeleteNetwork: pass.Set(pass.World with { Network = false }); break;
            case Step.Release: pass.Set(pass.World with { Released = true }); break;
            default: Decide(pass, step); break;
        }
    }

    /// <summary>As much of a step as can have happened when the operator was killed in it.</summary>
    public static void Half(Pass pass, Step step)
    {
        var world = pass.World;
        switch (step)
        {
            case Step.StartPod { Instance: var name } when world[name].Pod is null:
                pass.Set(world[name] with { Pod = PodState.Unknown, HalfMade = true, Volume = true });
                break;
            case Step.HandOver { Instance: var name } when world[name].Answers:
                Stop(pass, name);
                break;
            case Step.Join join:
                Join(pass, join);
                pass.Set(Joining.Killed(pass.World[join.Instance]));
                break;
            case Step.Restore restore:
                Prepare(pass, restore.Instance);
                JobArms.StartRestore(pass, restore);
                pass.Set(Restoring.Killed(pass.World[restore.Instance]));
                break;
            case Step.RemovePod { Instance: var name }:
                Stop(pass, name);
                break;
            case Step.Promote { Instance: var name } when world[name] is { Answers: true, Data.Standby: true }:
                pass.Set(world[name] with { Promoting = true });
                break;
            case Step.CompletePromotion { To: var name } when world[name] is { Answers: true, Data.Standby: true }:
                pass.Set(world[name] with { Promoting = true });
                break;
        }
    }

    private static void Decide(Pass pass, Step step) => pass.Decide(
        status => Decisions.Apply(status, step, pass.World.Now, pass.World.Generation)
            ?? throw new BrokenInvariant($"the model has no arm for {step.GetType().Name}"),
        step.Says);

    private static void RemovePod(Pass pass, string name)
    {
        Stop(pass, name);
        pass.Set(pass.World[name] with { Pod = null, StoppedAt = null, Crashed = false });
    }

    private static void DeleteSecret(Pass pass, string secret)
    {
        var (secrets, certificates) = (pass.World.Secrets, pass.World.Certificates);
        pass.Set(pass.World with { Secrets = secrets.Remove(secret), Certificates = certificates.Remove(secret) });
    }

    private static void Issue(Pass pass, Step step)
    {
        var secret = step is Step.IssueAuthority authority ? authority.Secret : ((Step.IssueCertificate)step).Secret;
        var request = step is Step.IssueAuthority
            ? new LeafRequest { CommonName = "ca", Use = LeafUse.Server, Lifetime = TimeSpan.FromDays(3650) }
            : ClusterCertificates.For(pass.World.Name, pass.World.Spec, pass.Cluster.Status?.Primary)[secret];
        var facts = Given.Certificate(request, pass.World.Now) with { IsAuthority = step is Step.IssueAuthority };
        var (secrets, certificates) = (pass.World.Secrets, pass.World.Certificates);
        pass.Set(pass.World with { Secrets = secrets.Add(secret), Certificates = certificates.SetItem(secret, facts) });
    }

    private static void Initialise(Pass pass, string name)
    {
        Prepare(pass, name);
        var fresh = new Data($"system of {name} at {pass.World.Now.Ticks}", new Line(1, null, 0), 0, Standby: false);
        if (pass.World.Spec.Bootstrap is not null && pass.World[name].Data is null)
        {
            throw new BrokenInvariant($"{name} begins empty, and a backup was to be restored");
        }

        pass.Set(pass.World[name] with { Volume = true, Data = pass.World[name].Data ?? fresh });
    }

    private static void Configure(Pass pass, string name)
    {
        Prepare(pass, name);
        pass.Set(pass.World[name] with { Volume = true });
        if (pass.Seen.Answer(name) is not null)
        {
            Answering(pass, name);
            pass.Set(pass.World[name] with { Loaded = pass.World[name].Written, WaitsInForce = pass.World[name].Waits });
        }
    }

    private static void Join(Pass pass, Step.Join step)
    {
        Prepare(pass, step.Instance);
        JobArms.StartJoin(pass, step);
    }

    /// <summary>Every one-shot writes configuration and certificates first.</summary>
    private static void Prepare(Pass pass, string name)
    {
        Image(pass);
        pass.Report(new PassOutcome("provisioning", null));
        string[] needed = [Names.CaSecret(pass.World.Name.Name), Names.ServerCertificate(name)];
        if (!needed.All(pass.World.Certificates.ContainsKey))
        {
            throw new StepFailed("a secret is missing");
        }

        var present = new Situation(pass.Cluster, pass.Seen with { Certificates = pass.World.Certificates }, pass.World.Now);
        var revision = WantedConfiguration.Of(present, name).Revision;
        pass.Set(pass.World[name] with { Written = revision, Waits = Waiting.Wanted(pass.Cluster, name) });
    }

    private static void Start(Pass pass, string name)
    {
        if (pass.World[name] is { Job: { End: null } } or { Restore: { End: null } })
        {
            throw new BrokenInvariant($"{name} is started while a job works on its data");
        }

        if (pass.World[name].Pod is not (PodState.Running or PodState.Paused))
        {
            var one = pass.World[name];
            pass.Set(one.Started() with { MadeFrom = one.Pod is null || one.HalfMade ? pass.Seen.Image.Facts!.Id : one.MadeFrom });
        }
    }

    private static void Stop(Pass pass, string name)
    {
        var instance = pass.World[name];
        pass.Set(instance.Pod is null ? instance : instance.Stopped(pass.World.Now));
    }

    private static void HandOver(Pass pass, Step.HandOver step)
    {
        pass.Set(pass.World.Settled());
        var written = pass.World[step.Instance];
        Stop(pass, step.Instance);
        if (pass.World[step.Instance] is not { EndedCleanly: true })
        {
            throw new StepFailed($"{step.Instance} did not end cleanly");
        }

        if (pass.World[step.Target] is not { Answers: true, Data: { } received }
            || received.Line != written.Data!.Line || received.Lsn < written.Data.Lsn)
        {
            throw new StepFailed($"{step.Target} has not received all of it");
        }

        pass.Keep(status => Decisions.HandedOver(status, pass.World.Now));
    }

    private static void Promote(Pass pass, string name)
    {
        Answering(pass, name);
        if (pass.World[name].Data!.Standby)
        {
            pass.Set(pass.World[name] with { Data = pass.World[name].Data!.Promoted(), Promoting = false });
        }
    }

    private static void Complete(Pass pass, string to)
    {
        Promote(pass, to);
        var line = pass.World[to].Data!.Line;
        pass.Decide(status => Decisions.Complete(status, to, line.Number, Wal.At(line.ForkedAt), pass.World.Now), null);
    }

    private static void DeleteVolume(Pass pass, string name)
    {
        if (pass.World[name].Pod is not null)
        {
            throw new StepFailed("the volume is in use");
        }

        if (pass.World[name].Job is { End: null })
        {
            throw new BrokenInvariant($"the volume of {name} is deleted while a job works on it");
        }

        pass.Set(pass.World[name] with { Volume = false, Data = null });
    }

    private static void ArrangeSlots(Pass pass, Step.ArrangeSlots step)
    {
        var instance = pass.World[step.Instance];
        if (!instance.Answers)
        {
            throw new StepFailed($"{step.Instance} does not answer");
        }

        var slots = instance.Slots.RemoveRange(step.Drop).SetItems(step.Make.Select(name => KeyValuePair.Create(name, step.Reserve)));
        pass.Set(instance with { Slots = slots });
    }

    private static void Answering(Pass pass, string name)
    {
        if (!pass.World[name].Answers)
        {
            throw new StepFailed($"{name} does not answer");
        }
    }

    private static void Writing(Pass pass, string name)
    {
        if (pass.World[name] is not { Answers: true, Data.Standby: false })
        {
            throw new StepFailed($"{name} does not accept writes");
        }
    }

    private static void Image(Pass pass)
    {
        if (pass.Seen.Image.Facts is null)
        {
            throw new BrokenInvariant("a step needs the image, but the plan was made without it");
        }
    }
}
