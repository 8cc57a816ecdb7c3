using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Cel;

/// <summary>
/// A rule in the Common Expression Language, as far as the definitions here need it: ADR 21 says why it is not all of the language, and
/// docs/embedded-api.md what it is.
/// https://kubernetes.io/docs/reference/using-api/cel/
/// </summary>
internal sealed class CelProgram
{
    private readonly CelNode node;

    private CelProgram((CelNode Node, bool UsesOldSelf) parsed) => (node, UsesOldSelf) = parsed;

    public bool UsesOldSelf { get; }

    /// <exception cref="CelSyntaxException">It is no expression, or uses what is not known here.</exception>
    public static CelProgram Compile(string rule) => new(CelParser.Parse(rule));

    /// <summary>Why a rule cannot be used; null when it can.</summary>
    public static string? FaultOf(string rule)
    {
        try
        {
            _ = Compile(rule);
            return null;
        }
        catch (CelSyntaxException e)
        {
            return e.Message;
        }
    }

    /// <exception cref="CelException">It has no value for this object, or cost too much.</exception>
    public object? Evaluate(JsonNode? self, JsonNode? oldSelf, CelBudget budget) => new CelEvaluator(self, oldSelf, budget).Evaluate(node);
}
