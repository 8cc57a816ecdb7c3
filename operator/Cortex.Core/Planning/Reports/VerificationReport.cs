using System.Globalization;
using Cortex.Core.Api;

namespace Cortex.Core.Planning;

/// <summary>What is reported about restore tests. It was recorded beside the passes: no pass restores a backup.</summary>
public static class VerificationReport
{
    /// <summary>The condition; null for a cluster whose backups are not tested.</summary>
    internal static (string Status, string Reason, string Message)? Condition(Situation now) => now switch
    {
        { Spec.Backup: null } or { Spec.Backup.Verify: null, Status.Backup.LastVerification: null } => null,
        { Status.Backup.Verification: { Reason: { } reason } verification } => ("False", reason, verification.Message ?? ""),
        { Status.Backup.LastVerification: { } receipt } => (StatusOf(receipt), ReasonOf(receipt), Sentence(receipt)),
        _ => ("Unknown", Reasons.NotObserved, "no restore test was made yet"),
    };

    /// <summary>The event for the end of a test.</summary>
    public static ClusterEvent Event(VerificationReceipt receipt) => receipt.Verdict switch
    {
        VerificationVerdicts.Succeeded => new(false, EventReasons.BackupVerified, Sentence(receipt)),
        VerificationVerdicts.Failed => new(true, EventReasons.VerificationFailed, Sentence(receipt)),
        _ => new(true, EventReasons.VerificationSkipped, Sentence(receipt)),
    };

    /// <summary>What was not in the repository when the test began; null where that is not known.</summary>
    public static string? Missing(VerificationReceipt receipt) => receipt switch
    {
        { MissingTransactions: 0 } => "no transaction was missing",
        { MissingTransactions: { } missing, MissingSeconds: { } seconds } => string.Create(
            CultureInfo.InvariantCulture,
            $"not archived yet: {missing} {(missing == 1 ? "transaction" : "transactions")} of the last {seconds} s"),
        _ => null,
    };

    private static string StatusOf(VerificationReceipt receipt) => receipt.Verdict switch
    {
        VerificationVerdicts.Succeeded => "True",
        VerificationVerdicts.Failed => "False",
        _ => "Unknown",
    };

    private static string ReasonOf(VerificationReceipt receipt) => receipt.Verdict switch
    {
        VerificationVerdicts.Succeeded => Reasons.Verified,
        VerificationVerdicts.Failed => Reasons.VerificationFailed,
        _ => Reasons.VerificationSkipped,
    };

    private static string Sentence(VerificationReceipt receipt)
    {
        var when = string.Create(CultureInfo.InvariantCulture, $"{receipt.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}");
        var why = receipt.Message is { } message ? $": {message}" : "";
        return receipt.Verdict switch
        {
            VerificationVerdicts.Succeeded => string.Create(
                CultureInfo.InvariantCulture,
                $"{receipt.Backup} was restored at {when}, started and checked, which took {receipt.DurationSeconds} s")
                + (Missing(receipt) is { } missing ? $"; {missing}" : "")
                + (receipt.Message is { } note ? $"; {note}" : ""),
            VerificationVerdicts.Failed => $"the restore test of {receipt.Backup} at {when} failed{why}",
            _ => $"{receipt.Backup} was not tested at {when}{why}",
        };
    }
}
