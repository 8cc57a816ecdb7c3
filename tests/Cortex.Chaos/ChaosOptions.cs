using System.Globalization;

namespace Cortex.Chaos;

/// <summary>The options of a run.</summary>
public sealed record ChaosOptions
{
    public const string Usage = """
        Usage: ./cortex test chaos [--minutes N] [--seed S] [--faults NAME,NAME,…] [--once]
                                   [--instances N] [--writers N] [--bound SECONDS] [--hold SECONDS] [--synchronous]
                                   [--moments N] [--out FOLDER]

          --minutes      for how long faults are injected (default: 5)
          --seed         determines which faults are injected, where and when; the same seed repeats the choices (default: random)
          --faults       injects only these faults; see below
          --once         injects each of --faults once, in this order, whatever --minutes says
          --instances    how many instances the cluster has (default: 3)
          --writers      how many clients append rows through the connection string of the status (default: 3)
          --bound        in how many seconds after the end of a fault the cluster must be Ready again (default: 90)
          --hold         how many seconds a fault lasts at most (default: 6)
          --moments      how many moments of the run are restored from the archive at the end (default: 5)
          --synchronous  sets spec.replication.mode: Synchronous; then no acknowledged row may be missing
          --out          the folder for history.jsonl, verdict.json and verdict.txt (default: .build/chaos/SEED)

        """;

    public double Minutes { get; init; } = 5;

    public int Seed { get; init; } = Random.Shared.Next(1, 1_000_000);

    public IReadOnlyList<string> Faults { get; init; } = [];

    public bool Once { get; init; }

    public int Instances { get; init; } = 3;

    public int Writers { get; init; } = 3;

    /// <summary>How soon after a fault the cluster must be healthy again.</summary>
    public TimeSpan RecoveryTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>The longest time for which a fault is in effect.</summary>
    public TimeSpan LongestFault { get; init; } = TimeSpan.FromSeconds(6);

    public bool Synchronous { get; init; }

    /// <summary>How many moments of the run are restored at the end, and compared with what was acknowledged by then.</summary>
    public int Moments { get; init; } = 5;

    public string? Out { get; init; }

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">An option is unknown, or its value is invalid.</exception>
    public static ChaosOptions Parse(IReadOnlyList<string> words)
    {
        var options = new ChaosOptions();
        for (var at = 0; at < words.Count; at++)
        {
            var word = words[at];
            options = word switch
            {
                "--once" => options with { Once = true },
                "--synchronous" => options with { Synchronous = true },
                _ when at + 1 == words.Count => throw new FormatException($"{word} is unknown, or its value is missing"),
                _ => options.With(word, words[++at]),
            };
        }

        return options;
    }

    private ChaosOptions With(string word, string value) => word switch
    {
        "--minutes" => this with { Minutes = Number(word, value) },
        "--seed" => this with { Seed = (int)Number(word, value) },
        "--faults" => this with { Faults = value.Split(',', StringSplitOptions.RemoveEmptyEntries) },
        "--instances" => this with { Instances = (int)Number(word, value) },
        "--writers" => this with { Writers = (int)Number(word, value) },
        "--bound" => this with { RecoveryTimeout = TimeSpan.FromSeconds(Number(word, value)) },
        "--hold" => this with { LongestFault = TimeSpan.FromSeconds(Number(word, value)) },
        "--moments" => this with { Moments = (int)Number(word, value) },
        "--out" => this with { Out = value },
        _ => throw new FormatException($"{word} is unknown"),
    };

    private static double Number(string word, string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new FormatException($"{word} needs a positive number, not {value}");
}
