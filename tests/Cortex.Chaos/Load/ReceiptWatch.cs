using System.Text.Json;
using Cortex.Chaos.Record;
using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.Chaos.Load;

/// <summary>Writes down every receipt that the status shows, with the timeline that the status has then.</summary>
internal sealed class ReceiptWatch(Cluster cluster, History history)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly HashSet<(string To, DateTimeOffset At)> seen = [];

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await LookAsync();
            await Task.Delay(Poll, CancellationToken.None);
        }

        await LookAsync();
    }

    private async Task LookAsync()
    {
        if (await cluster.Operator.ReadAsync<JsonElement?>(cluster.Name) is { } resource && resource.TryGetProperty("status", out var status)
            && status.TryGetProperty("lastPromotion", out var last) && last.ValueKind == JsonValueKind.Object
            && seen.Add((Text(last, "to")!, Time(last, "requestedAt")!.Value)))
        {
            history.Add(new Promoted(
                history.Now, "status", Text(last, "from")!, Text(last, "to")!, Enum.Parse<PromotionKind>(Text(last, "kind")!), status.GetProperty("timeline").GetUInt32(),
                Time(last, "requestedAt")!.Value, Time(last, "fencedAt"), Number(last, "lostBytes"), Number(last, "writeGapMs")));
        }
    }

    private static string? Text(JsonElement record, string name) => record.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static DateTimeOffset? Time(JsonElement record, string name) =>
        record.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetDateTimeOffset() : null;

    private static long? Number(JsonElement record, string name) =>
        record.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;
}
