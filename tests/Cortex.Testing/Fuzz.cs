using System.Diagnostics;
using System.Globalization;

namespace Cortex.Testing;

/// <summary>
/// Tries generated inputs for a time (docs/adr/0022). What a case is follows from its seed and its number alone; a failure prints both, and
/// the input. CORTEX_FUZZ_SECONDS says for how long, CORTEX_FUZZ_SEED makes the same cases again, CORTEX_FUZZ_CASE tries one of them.
/// </summary>
public static class Fuzz
{
    private const int UsualSeconds = 2;
    private const int LongestShown = 8000;

    /// <param name="mouth">What the inputs are for.</param>
    /// <param name="attempt">Tries one and throws when something is wrong; sets <see cref="FuzzCase.Input"/> first.</param>
    public static async Task RunAsync(string mouth, Func<FuzzCase, Task> attempt)
    {
        var seed = Given("CORTEX_FUZZ_SEED") ?? Random.Shared.Next();
        var only = Given("CORTEX_FUZZ_CASE");
        // At once: a process that ends can say nothing later.
        Console.WriteLine($"fuzz: {mouth}: seed {seed}");
        var (watch, limit) = (Stopwatch.StartNew(), TimeSpan.FromSeconds(Given("CORTEX_FUZZ_SECONDS") ?? UsualSeconds));
        var count = 0;
        do
        {
            await TryAsync(new FuzzCase(mouth, seed, only ?? count), attempt);
            count++;
        }
        while (only is null && watch.Elapsed < limit && !TestContext.Current.CancellationToken.IsCancellationRequested);

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture, $"fuzz: {mouth}: {count} cases in {watch.Elapsed.TotalSeconds:0.0} s, seed {seed}"));
    }

    public static Task RunAsync(string mouth, Action<FuzzCase> attempt) => RunAsync(mouth, fuzzCase =>
    {
        attempt(fuzzCase);
        return Task.CompletedTask;
    });

    private static async Task TryAsync(FuzzCase one, Func<FuzzCase, Task> attempt)
    {
        try
        {
            await attempt(one);
        }
        catch (Exception e)
        {
            var input = one.Input.Length > LongestShown ? $"{one.Input[..LongestShown]} … ({one.Input.Length} characters)" : one.Input;
            Assert.Fail(
                $"fuzz: {one.Mouth}: case {one.Number} of seed {one.Seed}; again with CORTEX_FUZZ_SEED={one.Seed} "
                    + $"CORTEX_FUZZ_CASE={one.Number}\ninput: {input}\n{e}");
        }
    }

    private static int? Given(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}

/// <summary>One input, made by chance from the seed and the number.</summary>
public sealed class FuzzCase(string mouth, int seed, int number)
{
    private const string Odd = "ab_Z019 \t\n\r\0\u001b\u0085\u2028\"'\\/#@,;:=+-*.%$(){}[]<>äß\u0661😀\ufeff";

    private readonly Random random = new(unchecked((seed * 397) ^ (number * 2_654_435)));

    public string Mouth => mouth;

    public int Seed => seed;

    public int Number => number;

    /// <summary>What is printed where it fails.</summary>
    public string Input { get; set; } = "";

    public bool Chance(int percent) => random.Next(100) < percent;

    public int Below(int limit) => random.Next(limit);

    public T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];

    /// <summary>Up to that many.</summary>
    public IReadOnlyList<T> Some<T>(int most, Func<T> func) => [.. Enumerable.Range(0, random.Next(most + 1)).Select(_ => func())];

    /// <summary>Characters that mean something somewhere, at most that many.</summary>
    public string Text(int most = 12)
    {
        var text = string.Concat(Some(most, () => Odd[random.Next(Odd.Length)]));
        // Half a surrogate pair is tried where bytes are, not where texts are.
        return string.Concat(text.EnumerateRunes().Where(rune => rune.Value != 0xfffd));
    }
}
