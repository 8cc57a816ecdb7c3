using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies.Backup;

/// <summary>
/// A backup that cannot be restored as the spec asks is refused before anything is made for it: what was asked for can then be corrected.
/// </summary>
internal static class RefuseRestore
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    public static Verdict Decide(Situation now)
    {
        if (RestoreChecks.Request(now) is not { } request || RestoreChecks.Job(now, request) is not null)
        {
            return Verdict.Nothing;
        }

        if (now.Status.Restore is { Phase: RestorePhases.Failed, Message: { } message } failed && failed.Request == request.Mark)
        {
            return Verdict.Refuse(Reasons.RestoreFailed, message);
        }

        if (now.Status.Primary is null)
        {
            if (RestoreChecks.OtherData(now, request) is { Count: > 0 } other)
            {
                return Verdict.Refuse(
                    Reasons.Conflict,
                    $"{string.Join(", ", other)} has data already, and a backup is restored into a new cluster only",
                    "take another name, or leave spec.bootstrap out to take up the data");
            }

            if (now.Seen.Data.Count > 0)
            {
                return Verdict.Nothing;
            }
        }

        return now.Seen.RestoreSource is not { } source
            ? now.WithoutImage ?? Verdict.Wait(PollInterval, "the repository of the backups is being read")
            : RestoreChecks.WhyNot(now, request, source) is { } no ? Verdict.Refuse(no)
            : Verdict.Nothing;
    }
}
