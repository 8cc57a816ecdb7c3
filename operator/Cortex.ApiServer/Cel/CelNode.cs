using System.Text.RegularExpressions;

namespace Cortex.ApiServer.Cel;

/// <summary>A node of the syntax tree of an expression.</summary>
/// <param name="Depth">The depth of the tree below this node, counted from 1.</param>
internal abstract record CelNode(int Depth)
{
    public sealed record Literal(object? Value) : CelNode(1);

    public sealed record Variable(string Name) : CelNode(1);

    public sealed record ListOf(IReadOnlyList<CelNode> Items) : CelNode(Above([.. Items]));

    public sealed record Select(CelNode Of, string Member) : CelNode(Above(Of));

    /// <summary>has(of.member)</summary>
    public sealed record Has(CelNode Of, string Member) : CelNode(Above(Of));

    public sealed record Index(CelNode Of, CelNode At) : CelNode(Above(Of, At));

    public sealed record Not(CelNode Of) : CelNode(Above(Of));

    public sealed record Negate(CelNode Of) : CelNode(Above(Of));

    public sealed record Binary(string Operator, CelNode Left, CelNode Right) : CelNode(Above(Left, Right));

    public sealed record Conditional(CelNode If, CelNode Then, CelNode Else) : CelNode(Above(If, Then, Else));

    /// <summary>A call of a function, or of a method of the first argument.</summary>
    public sealed record Call(string Function, IReadOnlyList<CelNode> Arguments) : CelNode(Above([.. Arguments]));

    /// <summary>The pattern is a literal, so that it is compiled once and an invalid pattern is reported with the definition.</summary>
    public sealed record Matches(CelNode Of, Regex Pattern, int PatternLength) : CelNode(Above(Of));

    /// <summary>all, exists, exists_one, filter and map. The body is evaluated for each item.</summary>
    public sealed record Loop(string Macro, CelNode Range, string Item, CelNode Body) : CelNode(Above(Range, Body));

    private static int Above(params ReadOnlySpan<CelNode> parts)
    {
        var deepest = 0;
        foreach (var part in parts)
        {
            deepest = Math.Max(deepest, part.Depth);
        }

        return deepest + 1;
    }
}
