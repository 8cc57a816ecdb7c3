namespace Cortex.Engine.Targets;

/// <summary>The images that containers can be made from.</summary>
public interface IImages
{
    /// <summary>The id of an image; null when it is absent and cannot be pulled.</summary>
    Task<string?> FindImageAsync(string image, CancellationToken ct);
}
