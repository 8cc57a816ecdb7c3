using Cortex.Core.Postgres;

namespace Cortex.Core.Planning;

/// <summary>What to do, in an order that is safe, and why nothing more.</summary>
public sealed record Plan
{
    public required IReadOnlyList<Step> Steps { get; init; }

    /// <summary>Why policies wait, by the name of the policy.</summary>
    public required IReadOnlyList<Hold> Holds { get; init; }

    /// <summary>An impossible request of the user; nothing is retried until the spec changes.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>Why a requested promotion does not happen.</summary>
    public Refusal? PromotionBlocked { get; init; }

    /// <summary>Every step in the order in which it would begin, lanes one after the other.</summary>
    public IEnumerable<Step> InOrder => Steps.SelectMany(Flat);

    public bool IsIdle => Steps.Count == 0 && Holds.Count == 0 && Refusal is null;

    private static IEnumerable<Step> Flat(Step step) =>
        step is Step.Together together ? together.Lanes.SelectMany(lane => lane).SelectMany(Flat) : [step];
}

/// <summary>A policy waits: observe again after this delay.</summary>
public sealed record Hold(string Policy, TimeSpan LookAgain, string Why);

/// <summary>The answer "no" to a request.</summary>
/// <param name="Reason">A constant of <see cref="Api.Reasons"/>.</param>
/// <param name="What">What is wrong.</param>
/// <param name="Remedy">What the user can do next; null where only time or a look at the cause helps.</param>
public sealed record Refusal(string Reason, string What, string? Remedy = null)
{
    /// <summary>One sentence for conditions and events: <see cref="What"/> and the remedy after it.</summary>
    public string Message => Remedy is null ? What : $"{What}; {Remedy}";

    /// <summary>The refusal of fields, of which there is at least one; the remedy is apart if there is only one.</summary>
    public static Refusal Of(string reason, params IReadOnlyList<FieldRefusal> fields) =>
        fields is [var only] ? new(reason, QuotedText.Shorten($"{only.Path}: {only.What}"), only.Remedy)
        : new(reason, FieldRefusal.Summary(fields));
}

/// <summary>The answer of one policy.</summary>
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

    /// <summary>Do these steps; later policies may add steps.</summary>
    public static Verdict Do(params IReadOnlyList<Step> steps) => new() { Steps = steps };

    /// <summary>Do these steps, and observe again before anything else.</summary>
    public static Verdict DoAndLook(params IReadOnlyList<Step> steps) => new() { Steps = steps, Last = true };

    /// <summary>Wait, and ask no later policy.</summary>
    public static Verdict Wait(TimeSpan lookAgain, string why) => new() { LookAgain = lookAgain, Why = why, Last = true };

    /// <summary>The request is impossible: nothing else is done.</summary>
    public static Verdict Refuse(Refusal refusal) => new() { Refusal = refusal, Last = true };

    /// <summary>The request is impossible: nothing else is done.</summary>
    public static Verdict Refuse(string reason, string what, string? remedy = null) => Refuse(new Refusal(reason, what, remedy));

    /// <summary>The promotion cannot be done; everything else continues.</summary>
    public static Verdict Block(Refusal refusal) => new() { PromotionBlocked = refusal };
}
