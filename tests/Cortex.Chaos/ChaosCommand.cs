using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Cortex.Chaos.Check;
using Cortex.Chaos.Nemesis;
using Cortex.Chaos.Record;

namespace Cortex.Chaos;

/// <summary>
/// <c>run …</c>: runs chaos, and prints the verdict to standard output and to files. Exit code 0: clean; 1: a promise was broken; 2: the
/// run could not be judged.
/// </summary>
internal static class ChaosCommand
{
    public static async Task<int> RunAsync(string[] words)
    {
        if (words.Any(word => word is "-h" or "--help"))
        {
            Console.WriteLine($"{ChaosOptions.Usage}Faults: {string.Join(", ", Fault.All.Select(fault => fault.Name))}");
            return 0;
        }

        try
        {
            var options = ChaosOptions.Parse(words);
            return options.Faults.Except(Fault.All.Select(fault => fault.Name)).FirstOrDefault() is { } unknown
                ? throw new FormatException($"--faults: there is no {unknown}")
                : await RunAsync(options);
        }
        catch (FormatException wrong)
        {
            Console.Error.WriteLine($"{wrong.Message}\n{ChaosOptions.Usage}");
            return 2;
        }
    }

    private static async Task<int> RunAsync(ChaosOptions options)
    {
        var folder = Path.GetFullPath(
            options.Out ?? Repository.Path($".build/chaos/{options.Seed.ToString(CultureInfo.InvariantCulture)}"));
        Directory.CreateDirectory(folder);
        using var history = new History(Path.Combine(folder, "history.jsonl"));
        using var stop = new CancellationTokenSource();
        using var interrupted = StopOn(PosixSignal.SIGINT, stop);
        using var terminated = StopOn(PosixSignal.SIGTERM, stop);
        Console.Error.WriteLine($"seed {options.Seed}, history {history.Path}");
        try
        {
            var end = await new ChaosRun(options, history, folder).RunAsync(stop.Token);
            return Report(Checker.Check(history.Events(), end, options.Synchronous), options, folder);
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            Console.Error.WriteLine($"seed {options.Seed}: the run could not be judged: {broken}");
            return 2;
        }
    }

    private static int Report(Verdict verdict, ChaosOptions options, string folder)
    {
        var text = $"seed {options.Seed}\n{verdict}";
        File.WriteAllText(Path.Combine(folder, "verdict.txt"), text);
        File.WriteAllText(Path.Combine(folder, "verdict.json"), JsonSerializer.Serialize(verdict, History.Json));
        Console.WriteLine($"{text}History and verdict: {folder}");
        return verdict.Clean ? 0 : 1;
    }

    /// <summary>Injects no further fault; the present fault is ended, the run is judged, and everything is removed.</summary>
    private static PosixSignalRegistration StopOn(
        PosixSignal signal, CancellationTokenSource stop) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        stop.Cancel();
    });
}
