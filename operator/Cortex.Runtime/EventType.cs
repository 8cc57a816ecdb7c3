namespace Cortex.Runtime;

/// <summary>The two types that Kubernetes allows for an event.</summary>
public enum EventType
{
    Normal,
    Warning,
}
