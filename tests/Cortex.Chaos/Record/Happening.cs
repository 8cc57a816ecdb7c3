using System.Text.Json;
using System.Text.Json.Serialization;
using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Chaos.Record;

/// <summary>One line of the history: when, who, what. Times are of one clock that never goes back.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(Acknowledged), "acknowledged")]
[JsonDerivedType(typeof(Unanswered), "unanswered")]
[JsonDerivedType(typeof(Writable), "writable")]
[JsonDerivedType(typeof(Promoted), "promoted")]
[JsonDerivedType(typeof(FaultBegun), "fault-begun")]
[JsonDerivedType(typeof(FaultHealed), "fault-healed")]
[JsonDerivedType(typeof(Whole), "whole")]
[JsonDerivedType(typeof(NotWhole), "not-whole")]
[JsonDerivedType(typeof(Broken), "broken")]
[JsonDerivedType(typeof(Noted), "noted")]
public abstract record Happening(
    [property: JsonPropertyOrder(-2)] DateTimeOffset At,
    [property: JsonPropertyOrder(-1)] string Actor);

/// <summary>A row was acknowledged at <c>At</c>. <paramref name="Lsn"/> is a place before its commit record, on the server that took it.</summary>
public sealed record Acknowledged(DateTimeOffset At, string Actor, long Number, DateTimeOffset BegunAt, string Instance, uint Timeline, Lsn Lsn)
    : Happening(At, Actor);

/// <summary>The connection was lost or the time was over before an answer came: the row may be there or not.</summary>
public sealed record Unanswered(DateTimeOffset At, string Actor, long Number, DateTimeOffset BegunAt, string Why) : Happening(At, Actor);

/// <summary>An instance said that it is no standby, though it acknowledged nothing.</summary>
public sealed record Writable(DateTimeOffset At, string Actor, DateTimeOffset BegunAt, string Instance, uint Timeline) : Happening(At, Actor);

/// <summary>A receipt as the status shows it; once more when it has changed, for what was lost may be known later.</summary>
public sealed record Promoted(DateTimeOffset At, string Actor, PromotionReceipt Receipt) : Happening(At, Actor);

public sealed record FaultBegun(DateTimeOffset At, string Actor, string Fault, string On) : Happening(At, Actor);

public sealed record FaultHealed(DateTimeOffset At, string Actor, string Fault) : Happening(At, Actor);

/// <summary>Everything was as the spec asks, so many seconds after the fault was healed.</summary>
public sealed record Whole(DateTimeOffset At, string Actor, string After, double Seconds) : Happening(At, Actor);

public sealed record NotWhole(DateTimeOffset At, string Actor, string After, double Seconds, string Why) : Happening(At, Actor);

/// <summary>A promise was broken that was looked at when it happened, such as a promotion that had to be refused and was not.</summary>
public sealed record Broken(DateTimeOffset At, string Actor, string What) : Happening(At, Actor);

public sealed record Noted(DateTimeOffset At, string Actor, string What) : Happening(At, Actor);

/// <summary>A place in the log as PostgreSQL writes it.</summary>
internal sealed class LsnText : JsonConverter<Lsn>
{
    public override Lsn Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Lsn.Parse(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, Lsn value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
