using Cortex.Core.Planning;

namespace Cortex.Core.Tests.Worlds;

/// <summary>How a step fails.</summary>
internal enum Mishap
{
    None,

    /// <summary>Nothing of it happens.</summary>
    Refused,

    /// <summary>Its first half happens, and the operator does not learn of it.</summary>
    CutInHalf,

    /// <summary>All of it happens, and the reply is lost.</summary>
    ReplyLost,
}

/// <summary>Does the steps of a pass, whole or interrupted.</summary>
internal static class PassRun
{
    private static readonly Mishap[] Mishaps = [.. Enum.GetValues<Mishap>().Where(mishap => mishap != Mishap.None)];

    /// <summary>The result of every way in which the pass may be interrupted: after some steps, with a mishap to the next.</summary>
    public static IEnumerable<(World After, Step Step, Mishap Mishap)> Interruptions(this Pass pass)
    {
        foreach (var step in pass.Steps)
        {
            foreach (var mishap in Mishaps)
            {
                var other = new Pass(pass);
                Stumble(other, step, mishap);
                yield return (other.World, step, mishap);
            }

            if (!Succeeds(pass, step))
            {
                // Whatever would fail later, the pass ends here.
                yield return (pass.World, step, Mishap.None);
                yield break;
            }
        }
    }

    /// <summary>Does the first <paramref name="count"/> steps and <paramref name="mishap"/> to the next; all of them by default.</summary>
    public static World Run(this Pass pass, int count = int.MaxValue, Mishap mishap = Mishap.None)
    {
        var done = 0;
        foreach (var step in pass.Steps)
        {
            if (done++ >= count)
            {
                Stumble(pass, step, mishap);
                return pass.World;
            }

            if (!Succeeds(pass, step))
            {
                return pass.World;
            }
        }

        if (done == 0)
        {
            pass.Report(new PassOutcome(null, null));
        }

        return pass.World;
    }

    private static bool Succeeds(Pass pass, Step step)
    {
        try
        {
            Do(pass, step);
            return true;
        }
        catch (StepFailed cause)
        {
            pass.Report(new PassOutcome(null, cause.Message));
            return false;
        }
    }

    private static void Do(Pass pass, Step step)
    {
        var before = pass.World;
        Arms.Do(pass, step);
        Invariants.OfChange(before, pass.World, step);
        pass.Set(pass.World.Risked(step).Kept(step.Says));
    }

    private static void Stumble(Pass pass, Step step, Mishap mishap)
    {
        try
        {
            if (mishap == Mishap.CutInHalf)
            {
                Arms.Half(pass, step);
            }
            else if (mishap == Mishap.ReplyLost)
            {
                Do(pass, step);
            }
        }
        catch (StepFailed)
        {
            // It failed by itself; the mishap changes nothing.
        }
    }
}
