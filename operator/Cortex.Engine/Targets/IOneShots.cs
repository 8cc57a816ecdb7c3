namespace Cortex.Engine.Targets;

/// <summary>Short work in a container that the caller waits for.</summary>
public interface IOneShots
{
    /// <summary>Runs a container to its end. An existing container of the same name, running or not, is removed first.</summary>
    Task<OneShotResult> RunOneShotAsync(OneShot task, CancellationToken ct);
}
