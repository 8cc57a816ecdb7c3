using System.Globalization;
using Cortex.Core.Api;
using Spectre.Console;

namespace Cortex.Cli.Console;

/// <summary>A cluster's status for people, as lines of Spectre's markup. Pure.</summary>
internal static class StatusText
{
    private static readonly Dictionary<string, string> StateColours = new()
    {
        [InstanceStates.Running] = "green",
        [InstanceStates.Streaming] = "green",
        [InstanceStates.Joining] = "yellow",
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
            .Concat(Certificates(status, now))
            .Concat(Connection(cluster, program));
    }

    /// <summary>Several clusters, a line for each.</summary>
    public static IEnumerable<string> List(IEnumerable<CortexCluster> clusters) => Columns.Align(
    [
        ["NAMESPACE", "NAME", "PRIMARY", "READY", "PHASE", "LAG"],
        .. clusters.Select(one => new[]
        {
            Plain(one.Metadata.NamespaceProperty), Plain(one.Metadata.Name), Plain(one.Status?.Primary), Plain(one.Status?.Ready),
            Phase(one.Status?.Phase), Plain(one.Status?.Lag),
        }),
    ]);

    /// <summary>A wish is seldom granted in the same instant; only what waited longer is told.</summary>
    private static readonly TimeSpan Noticeable = TimeSpan.FromSeconds(1);

    /// <summary>The steps of a promotion with the time since it was asked for, and what it cost: the receipt.</summary>
    public static string Receipt(PromotionReceipt receipt) =>
        $"{Plain(receipt.From)} -> {Plain(receipt.To)} ({receipt.Kind}): "
        + string.Join(", ", Steps(
            receipt.RequestedAt,
            ("begun", Waited(receipt.RequestedAt, receipt.BegunAt)), ("old primary stopped", receipt.FencedAt), ("promoted", receipt.PromotedAt),
            ("writable", receipt.WritableAt)).Concat(Costs(receipt)));

    /// <summary>The steps that a promotion in progress has taken.</summary>
    private static string Progress(PromotionDecision begun) =>
        $"{Plain(begun.From)} -> {Plain(begun.To)} ({begun.Kind}): "
        + string.Join(", ", Steps(
            begun.RequestedAt,
            ("begun", Waited(begun.RequestedAt, begun.BegunAt)), ("old primary stopped", begun.FenceSeenAt), ("promoted", begun.PromotedAt)));

    private static DateTimeOffset? Waited(DateTimeOffset requestedAt, DateTimeOffset? begunAt) => begunAt - requestedAt >= Noticeable ? begunAt : null;

    private static IEnumerable<string> Steps(DateTimeOffset since, params IEnumerable<(string Name, DateTimeOffset? At)> steps) =>
        steps.Where(step => step.At is not null).Select(step => $"{step.Name} after {Spans.Exact(step.At!.Value - since)}");

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
                null => "what was lost is not known yet",
            };
        }
    }

    /// <summary>What a promotion does to users' logical slots; null where it does nothing to them, or there are none.</summary>
    public static string? SlotsLeftBehind(ClusterStatus? status) =>
        status?.Conditions.FirstOrDefault(one => one is { Type: ConditionTypes.SlotsFollow, Status: "False" })?.Message;

    public static bool IsReady(CortexCluster cluster) =>
        Find(cluster, ConditionTypes.Ready) is { Status: "True" } ready && ready.ObservedGeneration == cluster.Metadata.Generation;

    public static Condition? Find(CortexCluster cluster, string type) => cluster.Status?.Conditions.FirstOrDefault(one => one.Type == type);

    private static IEnumerable<string> Head(CortexCluster cluster, ClusterStatus status)
    {
        var version = status.PostgresVersion is { } postgres ? $", PostgreSQL {Plain(postgres)}" : "";
        var primary = status.Primary is { } name ? $", primary {Plain(name)}" : ", no primary yet";
        yield return $"[bold]{Plain(cluster.Metadata.Name)}[/] in namespace {Plain(cluster.Metadata.NamespaceProperty)}: {Phase(status.Phase)}{primary}{version}";
        if (status.ObservedGeneration != cluster.Metadata.Generation)
        {
            yield return "[yellow]The operator has not yet dealt with the latest change of the resource.[/]";
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
            .. status.Instances.Select(one => new[]
            {
                Plain(one.Name), Plain(one.Role), Coloured(State(one), StateColours.GetValueOrDefault(one.State, "red")),
                Number(one.Timeline), one.LagBytes is { } lag ? $"{Number(lag)} B" : "-", Plain(one.Address),
            }),
        ]).Prepend("");
    }

    private static string State(InstanceStatus instance) =>
        instance.Progress is { } progress ? $"{instance.State}, {progress}" : instance.State;

    /// <summary>Only those that are not as they should be, and whether commits wait for a standby where that is wished for.</summary>
    private static IEnumerable<string> Conditions(ClusterStatus status)
    {
        var rows = status.Conditions.Where(one => one.Type switch
        {
            ConditionTypes.Progressing or ConditionTypes.PromotionBlocked => one.Status != "False",
            ConditionTypes.Synchronous => true,
            ConditionTypes.Replicating => one.Status != "True" && one.Reason != Reasons.NoStandby,
            _ => one.Status != "True",
        }).Select(one => new[] { Coloured($"{one.Type}={one.Status}", one is { Type: ConditionTypes.Synchronous, Status: "True" } ? "green" : "yellow"), Plain(one.Reason), Plain(one.Message) }).ToList();
        return rows.Count == 0 ? [] : Columns.Align(rows).Prepend("");
    }

    private static IEnumerable<string> Promotions(ClusterStatus status, DateTimeOffset now)
    {
        if (status.Promotion is { } running)
        {
            yield return "";
            yield return $"[yellow]Promotion under way[/] since {Spans.Rough(now - running.Since)}: {Progress(running)}";
        }

        if (status.LastPromotion is { } last)
        {
            yield return "";
            yield return $"Last promotion, {Spans.Rough(now - last.RequestedAt)} ago: {Receipt(last)}";
        }
    }

    private static IEnumerable<string> Certificates(ClusterStatus status, DateTimeOffset now) => status.Certificates.Count == 0 ? [] : Columns.Align(
    [
        ["CERTIFICATE", "ENDS", "IN"],
        .. status.Certificates.Select(one => new[]
        {
            Plain(one.Name), one.NotAfter.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture),
            one.NotAfter > now ? Spans.Rough(one.NotAfter - now) : "[red]ended[/]",
        }),
    ]).Prepend("");

    /// <summary>The endpoint alone connects no one: psql needs the certificate of the authority and the password beside it, which <c>dsn</c> names.</summary>
    private static IEnumerable<string> Connection(CortexCluster cluster, string program) =>
        cluster.Status?.Endpoints?.ReadWrite is { } endpoint
            ? ["", $"Read and write: psql \"$({Plain(program)} dsn {Plain(NextSteps.Named(cluster))})\"", $"Endpoint:       {Plain(endpoint)}"] : [];

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
