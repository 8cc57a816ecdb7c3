using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Cel;

/// <summary>
/// A rule in the Common Expression Language. Only the part of the language that definitions need is supported: ADR 21 gives the reason,
/// docs/embedded-api.md lists the part.
/// https://kubernetes.io/docs/reference/using-api/cel/
/// </summary>
internal sealed class CelProgram
{
    private readonly CelNode node;

    private CelProgram((CelNode Node, bool UsesOldSelf) parsed) => (node, UsesOldSelf) = parsed;

    public bool UsesOldSelf { get; }

    /// <exception cref="CelSyntaxException">The rule has a syntax error, or a feature that is not supported here.</exception>
    public static CelProgram Compile(string rule) => new(CelParser.Parse(rule));

    /// <summary>Why a rule cannot be used; null for a usable rule.</summary>
    public static string? FaultOf(string rule)
    {
        try
        {
            _ = Compile(rule);
            return null;
        }
        catch (CelSyntaxException exception)
        {
            return exception.Message;
        }
    }

    /// <exception cref="CelException">The rule has no value for this object, or its cost exceeds the budget.</exception>
    public object? Evaluate(JsonNode? self, JsonNode? oldSelf, CelBudget budget) => new CelEvaluator(self, oldSelf, budget).Evaluate(node);
}
