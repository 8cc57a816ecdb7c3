namespace Cortex.Engine.Sql;

/// <summary>What a server may answer to one message of ours.</summary>
/// <param name="Bytes">Hundreds of times what the largest answer has that we ask for.</param>
/// <param name="Time">From our last word to the end of the answer; longer than any statement of ours may take.</param>
public sealed record AnswerLimits(long Bytes, TimeSpan Time)
{
    public static readonly AnswerLimits Default = new(8 * 1024 * 1024, TimeSpan.FromSeconds(60));
}
