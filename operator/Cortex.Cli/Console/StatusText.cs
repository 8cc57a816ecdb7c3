using System.Globalization;
using Cortex.Core.Api;
using Spectre.Console;

namespace Cortex.Cli.Console;

/// <summary>Formats the status of a cluster as lines of Spectre's markup. Pure.</summary>
internal static class StatusText
{
    private static readonly Dictionary<string, string> StateColours = new()
    {
        [InstanceStates.Running] = "green",
        [InstanceStates.Streaming] = "green",
        [InstanceStates.Joining] = "yellow",
        [InstanceStates.Restoring] = "yellow",
        [InstanceStates.Starting] = "yellow",
        [InstanceStates.NotStreaming] = "yellow",
        [InstanceStates.Absent] = "grey",
    };

    public static IEnumerable<string> Of(CortexCluster cluster, DateTimeOffset now, string program)
    {
        var status = cluster.Status ?? new ClusterStatus();
        return Head(cluster, status)
            .Concat(Instances(status))
            .Concat(Conditions(status))
            .Concat(Promotions(status, now))
            .Concat(BackupText.Of(status.Backup, now))
            .Concat(Certificates(status, now))
            .Concat(Connection(cluster, program));
    }

    /// <summary>Formats several clusters, one line for each.</summary>
    public static IEnumerable<string> List(IEnumerable<CortexCluster> clusters) => Columns.Align(
    [
        ["NAMESPACE", "NAME", "PRIMARY", "READY", "PHASE", "LAG"],
        .. clusters.Select(cluster => new[]
        {
            Plain(cluster.Metadata.NamespaceProperty), Plain(cluster.Metadata.Name), Plain(cluster.Status?.Primary),
            Plain(cluster.Status?.Ready), Phase(cluster.Status?.Phase), Plain(cluster.Status?.Lag),
        }),
    ]);

    /// <summary>A promotion seldom begins in the same moment in which it is requested; a shorter delay is not printed.</summary>
    private static readonly TimeSpan ShortestPrintedDelay = TimeSpan.FromSeconds(1);

    /// <summary>Formats a receipt: the steps of a promotion with the time since the request, and what the promotion cost.</summary>
    public static string Receipt(PromotionReceipt receipt) =>
        $"{Plain(receipt.From)} -> {Plain(receipt.To)} ({receipt.Kind}): "
        + string.Join(", ", Steps(
            receipt.RequestedAt,
            ("begun", Waited(receipt.RequestedAt, receipt.BegunAt)), ("old primary stopped", receipt.FencedAt),
            ("promoted", receipt.PromotedAt), ("writable", receipt.WritableAt)).Concat(Costs(receipt)));

    /// <summary>The steps that a promotion in progress has taken.</summary>
    private static string Progress(PromotionDecision begun) =>
        $"{Plain(begun.From)} -> {Plain(begun.To)} ({begun.Kind}): "
        + string.Join(", ", Steps(
            begun.RequestedAt,
            ("begun", Waited(begun.RequestedAt, begun.BegunAt)), ("old primary stopped", begun.FenceSeenAt),
            ("promoted", begun.PromotedAt)));

    private static DateTimeOffset? Waited(DateTimeOffset requestedAt, DateTimeOffset? begunAt) =>
        begunAt - requestedAt >= ShortestPrintedDelay ? begunAt : null;

    private static IEnumerable<string> Steps(DateTimeOffset since, params IEnumerable<(string Name, DateTimeOffset? At)> steps) =>
        steps.Where(step => step.At is not null).Select(step => $"{step.Name} after {DurationText.Exact(step.At!.Value - since)}");

    private static IEnumerable<string> Costs(PromotionReceipt receipt)
    {
        if (receipt.WriteGapMs is { } gap)
        {
            yield return $"no writes for {Number(gap)} ms";
        }

        if (receipt.WritableAt is not null)
        {
            yield return receipt.LostBytes switch
            {
                0 => "nothing lost",
                { } lost => $"[yellow]{Number(lost)} bytes of WAL lost[/]",
                null => "the loss is not known yet",
            };
        }
    }

    /// <summary>
    /// The effect of a promotion on logical slots of users; null if there are no such slots, or if they are not affected.
    /// </summary>
    public static string? SlotsLeftBehind(ClusterStatus? status) =>
        status?.Conditions.FirstOrDefault(condition => condition is { Type: ConditionTypes.SlotsFollow, Status: "False" })?.Message;

    public static bool IsReady(CortexCluster cluster) =>
        Find(cluster, ConditionTypes.Ready) is { Status: "True" } ready && ready.ObservedGeneration == cluster.Metadata.Generation;

    public static Condition? Find(CortexCluster cluster, string type) =>
        cluster.Status?.Conditions.FirstOrDefault(condition => condition.Type == type);

    private static IEnumerable<string> Head(CortexCluster cluster, ClusterStatus status)
    {
        var version = status.PostgresVersion is { } postgres ? $", PostgreSQL {Plain(postgres)}" : "";
        var primary = status.Primary is { } instance ? $", primary {Plain(instance)}" : ", no primary yet";
        var name = $"[bold]{Plain(cluster.Metadata.Name)}[/] in namespace {Plain(cluster.Metadata.NamespaceProperty)}";
        yield return $"{name}: {Phase(status.Phase)}{primary}{version}";
        if (status.ObservedGeneration != cluster.Metadata.Generation)
        {
            yield return "[yellow]The operator has not processed the latest change of the resource yet.[/]";
        }
    }

    private static IEnumerable<string> Instances(ClusterStatus status)
    {
        if (status.Instances.Count == 0)
        {
            return [];
        }

        return Columns.Align(
        [
            ["INSTANCE", "ROLE", "STATE", "TIMELINE", "LAG", "ADDRESS"],
            .. status.Instances.Select(instance => new[]
            {
                Plain(instance.Name), Plain(instance.Role),
                Coloured(State(instance), StateColours.GetValueOrDefault(instance.State, "red")),
                Number(instance.Timeline), instance.LagBytes is { } lag ? $"{Number(lag)} B" : "-", Plain(instance.Address),
            }),
        ]).Prepend("");
    }

    private static string State(InstanceStatus instance) =>
        instance.Progress is { } progress ? $"{instance.State}, {progress}" : instance.State;

    /// <summary>Conditions that report a problem, and whether commits wait for a standby if that is configured.</summary>
    private static IEnumerable<string> Conditions(ClusterStatus status)
    {
        var rows = status.Conditions.Where(condition => condition.Type switch
        {
            ConditionTypes.Progressing or ConditionTypes.PromotionBlocked or ConditionTypes.ArchiveGap or ConditionTypes.DiskFull =>
                condition.Status != "False",
            ConditionTypes.Synchronous => true,
            ConditionTypes.Replicating => condition.Status != "True" && condition.Reason != Reasons.NoStandby,
            _ => condition.Status != "True",
        }).Select(condition => new[]
        {
            Coloured(
                $"{condition.Type}={condition.Status}",
                condition is { Type: ConditionTypes.Synchronous, Status: "True" } ? "green" : "yellow"),
            Plain(condition.Reason),
            Plain(condition.Message),
        }).ToList();
        return rows.Count == 0 ? [] : Columns.Align(rows).Prepend("");
    }

    private static IEnumerable<string> Promotions(ClusterStatus status, DateTimeOffset now)
    {
        if (status.Promotion is { } running)
        {
            yield return "";
            yield return $"[yellow]Promotion in progress[/] for {DurationText.Rounded(now - running.Since)}: {Progress(running)}";
        }

        if (status.LastPromotion is { } last)
        {
            yield return "";
            yield return $"Last promotion, {DurationText.Rounded(now - last.RequestedAt)} ago: {Receipt(last)}";
        }
    }

    private static IEnumerable<string> Certificates(ClusterStatus status, DateTimeOffset now) =>
        status.Certificates.Count == 0 ? [] : Columns.Align(
    [
        ["CERTIFICATE", "EXPIRES", "IN"],
        .. status.Certificates.Select(certificate => new[]
        {
            Plain(certificate.Name), certificate.NotAfter.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture),
            certificate.NotAfter > now ? DurationText.Rounded(certificate.NotAfter - now) : "[red]expired[/]",
        }),
    ]).Prepend("");

    /// <summary>The endpoint alone is not enough: psql also needs the CA certificate and the password, which <c>dsn</c> provides.</summary>
    private static IEnumerable<string> Connection(CortexCluster cluster, string program) =>
        cluster.Status?.Endpoints?.ReadWrite is { } endpoint
            ?
            [
                "",
                $"Read and write: psql \"$({Plain(program)} dsn {Plain(NextSteps.Named(cluster))})\"",
                $"Endpoint:       {Plain(endpoint)}",
            ] : [];

    private static string Phase(string? phase) => Coloured(phase ?? "unknown", phase switch
    {
        Phases.Ready => "green",
        Phases.Creating or Phases.Promoting => "yellow",
        null => "grey",
        _ => "red",
    });

    private static string Coloured(string text, string colour) => $"[{colour}]{Plain(text)}[/]";

    private static string Plain(string? text) => string.IsNullOrEmpty(text) ? "-" : text.EscapeMarkup();

    private static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
