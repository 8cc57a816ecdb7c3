using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cortex.Chaos.Record;

/// <summary>The events of a run, in memory for the checker and line by line in a file for people.</summary>
public sealed class History(string path) : IDisposable
{
    /// <summary>The format of lines and verdicts.</summary>
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new LsnText(), new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly DateTimeOffset started = DateTimeOffset.UtcNow;
    private readonly long stamp = Stopwatch.GetTimestamp();
    private readonly Lock gate = new();
    private readonly List<HistoryEvent> all = [];
    private readonly StreamWriter file = new(path) { AutoFlush = false };

    public string Path => path;

    /// <summary>The system's time at the beginning plus the elapsed time, so that a change of the system's clock has no effect.</summary>
    public DateTimeOffset Now => started + Stopwatch.GetElapsedTime(stamp);

    /// <summary>The last acknowledgement of a writer, which finds the primary by itself.</summary>
    public Acknowledged? LastByClient { get; private set; }

    public int Rows { get; private set; }

    public int Unknown { get; private set; }

    public void Add(HistoryEvent item)
    {
        lock (gate)
        {
            all.Add(item);
            file.WriteLine(JsonSerializer.Serialize(item, Json));
            switch (item)
            {
                case Acknowledged row:
                    Rows++;
                    LastByClient = row.Actor.StartsWith("writer", StringComparison.Ordinal) ? row : LastByClient;
                    break;
                case Unanswered:
                    Unknown++;
                    break;
                default:
                    file.Flush();
                    break;
            }
        }
    }

    public IReadOnlyList<HistoryEvent> Events()
    {
        lock (gate)
        {
            return [.. all];
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            file.Dispose();
        }
    }
}
