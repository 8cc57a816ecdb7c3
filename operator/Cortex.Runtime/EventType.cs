namespace Cortex.Runtime;

/// <summary>The two types that an event may have.</summary>
public enum EventType
{
    Normal,
    Warning,
}
