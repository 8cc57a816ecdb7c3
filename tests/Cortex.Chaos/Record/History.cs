using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cortex.Chaos.Record;

/// <summary>What happened, in memory for the checker and line by line in a file for people.</summary>
public sealed class History(string path) : IDisposable
{
    /// <summary>How lines and verdicts are written.</summary>
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new LsnText(), new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly DateTimeOffset started = DateTimeOffset.UtcNow;
    private readonly long stamp = Stopwatch.GetTimestamp();
    private readonly Lock gate = new();
    private readonly List<Happening> all = [];
    private readonly StreamWriter file = new(path) { AutoFlush = false };

    public string Path => path;

    /// <summary>The system's time of the beginning, and a clock that is never set since.</summary>
    public DateTimeOffset Now => started + Stopwatch.GetElapsedTime(stamp);

    /// <summary>The last acknowledgement of a client that looks for the primary by itself.</summary>
    public Acknowledged? LastByClient { get; private set; }

    public int Rows { get; private set; }

    public int Unknown { get; private set; }

    public void Add(Happening happening)
    {
        lock (gate)
        {
            all.Add(happening);
            file.WriteLine(JsonSerializer.Serialize(happening, Json));
            switch (happening)
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

    public IReadOnlyList<Happening> Everything()
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
