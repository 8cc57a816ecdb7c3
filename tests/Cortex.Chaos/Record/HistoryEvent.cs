using System.Text.Json;
using System.Text.Json.Serialization;
using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Chaos.Record;

/// <summary>One line of the history: time, actor and event. All times are from one clock that never goes back.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(Acknowledged), "acknowledged")]
[JsonDerivedType(typeof(Unanswered), "unanswered")]
[JsonDerivedType(typeof(WriterSeen), "writer-seen")]
[JsonDerivedType(typeof(Promoted), "promoted")]
[JsonDerivedType(typeof(FaultBegun), "fault-begun")]
[JsonDerivedType(typeof(FaultEnded), "fault-ended")]
[JsonDerivedType(typeof(Recovered), "recovered")]
[JsonDerivedType(typeof(NotRecovered), "not-recovered")]
[JsonDerivedType(typeof(BrokenPromise), "broken-promise")]
[JsonDerivedType(typeof(Note), "note")]
public abstract record HistoryEvent(
    [property: JsonPropertyOrder(-2)] DateTimeOffset At,
    [property: JsonPropertyOrder(-1)] string Actor);

/// <summary>
/// A row was acknowledged at <c>At</c>. <paramref name="Lsn"/> is a position before its commit record, on the server that accepted it.
/// </summary>
public sealed record Acknowledged(
    DateTimeOffset At, string Actor, long Number, DateTimeOffset BegunAt, string Instance, uint Timeline, Lsn Lsn)
    : HistoryEvent(At, Actor);

/// <summary>The connection was lost or the time was over before an answer arrived: the row may be present or absent.</summary>
public sealed record Unanswered(DateTimeOffset At, string Actor, long Number, DateTimeOffset BegunAt, string Why) : HistoryEvent(At, Actor);

/// <summary>An instance answered that it is not a standby, but acknowledged no row.</summary>
public sealed record WriterSeen(
    DateTimeOffset At, string Actor, DateTimeOffset BegunAt, string Instance, uint Timeline) : HistoryEvent(At, Actor);

/// <summary>A receipt in the status; recorded again when it changes, because the loss may become known later.</summary>
public sealed record Promoted(DateTimeOffset At, string Actor, PromotionReceipt Receipt) : HistoryEvent(At, Actor);

public sealed record FaultBegun(DateTimeOffset At, string Actor, string Fault, string On) : HistoryEvent(At, Actor);

public sealed record FaultEnded(DateTimeOffset At, string Actor, string Fault) : HistoryEvent(At, Actor);

/// <summary>Everything was as the spec asks, this number of seconds after the end of the fault.</summary>
public sealed record Recovered(DateTimeOffset At, string Actor, string After, double Seconds) : HistoryEvent(At, Actor);

public sealed record NotRecovered(DateTimeOffset At, string Actor, string After, double Seconds, string Why) : HistoryEvent(At, Actor);

/// <summary>A broken promise that was observed when it happened, such as a promotion that should have been refused.</summary>
public sealed record BrokenPromise(DateTimeOffset At, string Actor, string What) : HistoryEvent(At, Actor);

public sealed record Note(DateTimeOffset At, string Actor, string What) : HistoryEvent(At, Actor);

/// <summary>Writes a WAL position as PostgreSQL does.</summary>
internal sealed class LsnText : JsonConverter<Lsn>
{
    public override Lsn Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Lsn.Parse(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, Lsn value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
