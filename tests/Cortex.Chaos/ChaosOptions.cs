using System.Globalization;

namespace Cortex.Chaos;

/// <summary>What a run shall be like.</summary>
public sealed record ChaosOptions
{
    public const string Usage = """
        Usage: ./cortex test chaos [--minutes N] [--seed S] [--faults NAME,NAME,…] [--once]
                                   [--instances N] [--writers N] [--bound SECONDS] [--synchronous] [--out FOLDER]

          --minutes      how long faults are made; 5 where nothing is said
          --seed         which faults, on whom and when: the same seed makes the same choices; a new one where nothing is said
          --faults       only these; see below
          --once         each of --faults in this order, once, whatever the time
          --instances    3 where nothing is said
          --writers      clients that append rows through the connection string of the status; 3
          --bound        how many seconds after a fault was healed the cluster may take to be whole; 90
          --hold         how many seconds a fault lasts at most; 6
          --synchronous  spec.replication.mode: Synchronous, and then not one acknowledged row may be missing
          --out          where history.jsonl, verdict.json and verdict.txt go; .build/chaos/SEED

        """;

    public double Minutes { get; init; } = 5;

    public int Seed { get; init; } = Random.Shared.Next(1, 1_000_000);

    public IReadOnlyList<string> Faults { get; init; } = [];

    public bool Once { get; init; }

    public int Instances { get; init; } = 3;

    public int Writers { get; init; } = 3;

    public TimeSpan Bound { get; init; } = TimeSpan.FromSeconds(90);

    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(6);

    public bool Synchronous { get; init; }

    public string? Out { get; init; }

    /// <summary>Reads the words of the command line.</summary>
    /// <exception cref="FormatException">One is unknown, or its value is none.</exception>
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
        "--bound" => this with { Bound = TimeSpan.FromSeconds(Number(word, value)) },
        "--hold" => this with { Hold = TimeSpan.FromSeconds(Number(word, value)) },
        "--out" => this with { Out = value },
        _ => throw new FormatException($"{word} is unknown"),
    };

    private static double Number(string word, string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new FormatException($"{word} needs a positive number, not {value}");
}
