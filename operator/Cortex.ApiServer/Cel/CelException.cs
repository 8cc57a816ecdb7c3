namespace Cortex.ApiServer.Cel;

/// <summary>A rule that is no expression, or uses what is not known here. Found when the definition is written.</summary>
internal sealed class CelSyntaxException(string message) : Exception(message)
{
    /// <param name="at">The column, counted from 0.</param>
    public static CelSyntaxException At(int at, string why) => new($"ERROR: <input>:1:{at + 1}: Syntax error: {why}");
}

/// <summary>
/// An expression that has no value for this object: a key that is not there, an index out of bounds, a number that is none.
/// </summary>
internal class CelException(string message) : Exception(message);

/// <summary>An expression that has cost all that one evaluation may.</summary>
internal sealed class CelCostException() : CelException("operation cancelled: actual cost limit exceeded");
