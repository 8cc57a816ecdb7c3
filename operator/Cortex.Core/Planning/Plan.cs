namespace Cortex.Core.Planning;

/// <summary>What to do, in the order that carries the safety, and why nothing more.</summary>
public sealed record Plan
{
    public required IReadOnlyList<Step> Steps { get; init; }

    /// <summary>Why things wait, by the name of the policy that holds them.</summary>
    public required IReadOnlyList<Hold> Holds { get; init; }

    /// <summary>What the user asked for and cannot have; nothing is retried until the spec changes.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>Why a wished-for promotion does not happen.</summary>
    public Refusal? PromotionBlocked { get; init; }

    /// <summary>Every step in the order in which it would begin, lanes one after the other.</summary>
    public IEnumerable<Step> InOrder => Steps.SelectMany(Flat);

    public bool IsIdle => Steps.Count == 0 && Holds.Count == 0 && Refusal is null;

    private static IEnumerable<Step> Flat(Step step) => step is Step.Together together ? together.Lanes.SelectMany(lane => lane).SelectMany(Flat) : [step];
}

/// <summary>A policy waits: look again after this long.</summary>
public sealed record Hold(string Policy, TimeSpan LookAgain, string Why);

/// <summary>A "no", with its constant reason and a sentence.</summary>
public sealed record Refusal(string Reason, string Message);

/// <summary>What one policy says.</summary>
public sealed record Verdict
{
    public IReadOnlyList<Step> Steps { get; init; } = [];

    public TimeSpan? LookAgain { get; init; }

    public string? Why { get; init; }

    public Refusal? Refusal { get; init; }

    public Refusal? PromotionBlocked { get; init; }

    /// <summary>No later policy is asked in this pass.</summary>
    public bool Last { get; init; }

    public static readonly Verdict Nothing = new();

    /// <summary>Do this; later policies may add to it.</summary>
    public static Verdict Do(params IReadOnlyList<Step> steps) => new() { Steps = steps };

    /// <summary>Do this and look again before anything else.</summary>
    public static Verdict DoAndLook(params IReadOnlyList<Step> steps) => new() { Steps = steps, Last = true };

    /// <summary>Wait, and let nothing later happen.</summary>
    public static Verdict Wait(TimeSpan lookAgain, string why) => new() { LookAgain = lookAgain, Why = why, Last = true };

    /// <summary>The user asked the impossible: nothing else is done.</summary>
    public static Verdict Refuse(string reason, string message) => new() { Refusal = new Refusal(reason, message), Last = true };

    /// <summary>The promotion cannot be done; all else goes on.</summary>
    public static Verdict Block(string reason, string message) => new() { PromotionBlocked = new Refusal(reason, message) };
}
