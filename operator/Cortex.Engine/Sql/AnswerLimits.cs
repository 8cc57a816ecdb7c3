namespace Cortex.Engine.Sql;

/// <summary>Limits for the answer of a server to one message of the operator.</summary>
/// <param name="Bytes">Hundreds of times the size of the largest expected answer.</param>
/// <param name="Time">
/// From the last byte of the message to the end of the answer; longer than any statement of the operator may take.
/// </param>
public sealed record AnswerLimits(long Bytes, TimeSpan Time)
{
    public static readonly AnswerLimits Default = new(8 * 1024 * 1024, TimeSpan.FromSeconds(60));
}
