namespace Cortex.ApiServer.Patching;

/// <summary>
/// A JSON patch that cannot be carried out. <see cref="IsMalformed"/>: it cannot be read, rather than not fitting the object.
/// </summary>
internal sealed class JsonPatchException(string message, bool isMalformed = false) : Exception(message)
{
    public bool IsMalformed => isMalformed;
}
