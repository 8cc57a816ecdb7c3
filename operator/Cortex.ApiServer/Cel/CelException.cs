namespace Cortex.ApiServer.Cel;

/// <summary>A rule with a syntax error, or with a feature that is not supported here. Reported when the definition is written.</summary>
internal sealed class CelSyntaxException(string message) : Exception(message)
{
    /// <param name="at">The column, counted from 0.</param>
    public static CelSyntaxException At(int at, string why) => new($"ERROR: <input>:1:{at + 1}: Syntax error: {why}");
}

/// <summary>An expression without a value for this object, because of a missing key, an index out of bounds or an invalid number.</summary>
internal class CelException(string message) : Exception(message);

/// <summary>An expression whose cost exceeds the limit of one evaluation.</summary>
internal sealed class CelCostException() : CelException("operation cancelled: actual cost limit exceeded");
