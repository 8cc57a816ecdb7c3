namespace Cortex.Chaos.Nemesis;

/// <summary>A fault that was injected: the affected instance, and the action that ends the fault.</summary>
internal sealed record ActiveFault(string On, Func<Task> EndAsync)
{
    /// <summary>A fault that needs no action to end.</summary>
    public static ActiveFault Momentary(string on) => new(on, () => Task.CompletedTask);
}
