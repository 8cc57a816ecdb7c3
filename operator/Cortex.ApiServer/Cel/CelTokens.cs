namespace Cortex.ApiServer.Cel;

/// <summary>The tokens of a rule and the position of the parser in them.</summary>
internal sealed class CelTokens(IReadOnlyList<CelToken> tokens)
{
    private int at;

    public CelToken Next => tokens[at];

    public CelToken Read() => tokens[at++];

    public CelToken Name() => Next.Kind == CelTokenKind.Name ? Read() : throw Unexpected();

    public bool Take(string symbol)
    {
        var taken = Next.Kind == CelTokenKind.Symbol && Next.Text == symbol;
        at += taken ? 1 : 0;
        return taken;
    }

    public void Expect(string symbol)
    {
        if (!Take(symbol))
        {
            throw Unexpected();
        }
    }

    public CelSyntaxException Unexpected() =>
        CelSyntaxException.At(
            Next.At, $"unexpected '{(Next.Kind == CelTokenKind.Value && Next.Text.Length == 0 ? Next.Value : Next.Text)}'");
}
