using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Cel;

/// <summary>Evaluates an expression for one object. https://github.com/google/cel-spec/blob/master/doc/langdef.md#evaluation</summary>
internal sealed class CelEvaluator(JsonNode? self, JsonNode? oldSelf, CelBudget budget)
{
    // An exception takes as long as several hundred steps.
    private const int FailureCost = 500;

    private readonly Dictionary<string, object?> variables = new() { ["self"] = CelValues.Of(self), ["oldSelf"] = CelValues.Of(oldSelf) };

    /// <exception cref="CelException">The expression has no value, or its cost exceeds the budget.</exception>
    public object? Evaluate(CelNode node)
    {
        budget.Spend(1);
        return node switch
        {
            CelNode.Literal literal => literal.Value,
            CelNode.Variable variable => variables[variable.Name],
            CelNode.ListOf list => list.Items.Select(Evaluate).ToArray(),
            CelNode.Select select => Member(Evaluate(select.Of), select.Member),
            CelNode.Has has => Map(Evaluate(has.Of)).ContainsKey(has.Member),
            CelNode.Index index => At(Evaluate(index.Of), Evaluate(index.At)),
            CelNode.Not not => !Truth(Evaluate(not.Of)),
            CelNode.Negate negate => Negative(Evaluate(negate.Of)),
            CelNode.Conditional choice => Evaluate(Truth(Evaluate(choice.If)) ? choice.Then : choice.Else),
            CelNode.Binary { Operator: "||" } either =>
                Decide(decisive: true, [() => Truth(Evaluate(either.Left)), () => Truth(Evaluate(either.Right))]),
            CelNode.Binary { Operator: "&&" } both =>
                Decide(decisive: false, [() => Truth(Evaluate(both.Left)), () => Truth(Evaluate(both.Right))]),
            CelNode.Binary binary => Operate(binary.Operator, Evaluate(binary.Left), Evaluate(binary.Right)),
            CelNode.Call call => CelFunctions.Call(call.Function, [.. call.Arguments.Select(Evaluate)], budget),
            CelNode.Matches matches => IsMatch(matches),
            CelNode.Loop loop => Run(loop),
            _ => throw new InvalidOperationException($"{node.GetType().Name} cannot be evaluated"),
        };
    }

    /// <summary>An operand that decides the result compensates for an operand without a value, on either side.</summary>
    private bool Decide(bool decisive, IEnumerable<Func<bool>> operands)
    {
        CelException? failure = null;
        foreach (var operand in operands)
        {
            try
            {
                if (operand() == decisive)
                {
                    return decisive;
                }
            }
            catch (CelException exception) when (exception is not CelCostException)
            {
                failure ??= exception;
                budget.Spend(FailureCost);
            }
        }

        return failure is null ? !decisive : throw failure;
    }

    private object? Operate(string symbol, object? left, object? right) => symbol switch
    {
        "==" => CelValues.AreEqual(left, right, budget),
        "!=" => !CelValues.AreEqual(left, right, budget),
        "<" => CelValues.Compare(left, right, budget) < 0,
        "<=" => CelValues.Compare(left, right, budget) <= 0,
        ">" => CelValues.Compare(left, right, budget) > 0,
        ">=" => CelValues.Compare(left, right, budget) >= 0,
        "in" =>
            right is JsonObject map
                ? left is string key && map.ContainsKey(key)
                : CelValues.Items(right).Any(item => CelValues.AreEqual(left, item, budget)),
        _ => CelValues.Compute(symbol, left, right, budget),
    };

    private bool IsMatch(CelNode.Matches matches)
    {
        if (Evaluate(matches.Of) is not string text)
        {
            throw CelValues.NoOverload();
        }

        budget.Spend((1 + text.Length / 10L) * (1 + matches.PatternLength / 4));
        return matches.Pattern.IsMatch(text);
    }

    private object? Run(CelNode.Loop loop)
    {
        var items = CelValues.Items(Evaluate(loop.Range));
        return loop.Macro switch
        {
            "all" => Decide(decisive: false, items.Select(Holds)),
            "exists" => Decide(decisive: true, items.Select(Holds)),
            "exists_one" => items.Count(item => Holds(item)()) == 1,
            "filter" => items.Where(item => Holds(item)()).ToArray(),
            _ => items.Select(With).ToArray(),
        };

        object? With(object? item)
        {
            budget.Spend(1);
            variables[loop.Item] = item;
            return Evaluate(loop.Body);
        }

        Func<bool> Holds(object? item) => () => Truth(With(item));
    }

    private static object? Member(object? of, string member) =>
        Map(of).TryGetPropertyValue(member, out var value) ? CelValues.Of(value) : throw new CelException($"no such key: {member}");

    private static object? At(object? of, object? at) => (of, at) switch
    {
        (JsonObject map, string key) => Member(map, key),
        (JsonArray list, long index) => index >= 0 && index < list.Count ? CelValues.Of(list[(int)index]) : throw OutOfBounds(index),
        (object[] list, long index) => index >= 0 && index < list.Length ? list[index] : throw OutOfBounds(index),
        _ => throw CelValues.NoOverload(),
    };

    private static CelException OutOfBounds(long index) => new($"index out of bounds: {index}");

    private static JsonObject Map(object? value) => value as JsonObject ?? throw CelValues.NoOverload();

    private static bool Truth(object? value) => value as bool? ?? throw CelValues.NoOverload();

    private static object Negative(object? value) => value switch
    {
        long.MinValue => throw new CelException("integer overflow"),
        long number => (object)-number,
        double number => -number,
        _ => throw CelValues.NoOverload(),
    };
}
