namespace Cortex.ApiServer.Patching;

/// <summary>
/// A JSON patch that cannot be applied. <see cref="IsMalformed"/> distinguishes an invalid patch from a patch that does not fit the object.
/// </summary>
internal sealed class JsonPatchException(string message, bool isMalformed = false) : Exception(message)
{
    public bool IsMalformed => isMalformed;
}
