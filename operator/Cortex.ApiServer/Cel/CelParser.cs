using System.Text.RegularExpressions;

namespace Cortex.ApiServer.Cel;

/// <summary>Parses a rule by recursive descent. https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax</summary>
internal sealed class CelParser
{
    private const int MaxRuleLength = 20_000;

    // Each level takes several nested calls, in the parser and in the evaluator. This limit keeps both below the size of a stack.
    private const int MaxDepth = 200;

    private static readonly string[][] Levels = [["||"], ["&&"], ["==", "!=", "<", "<=", ">", ">=", "in"], ["+", "-"], ["*", "/", "%"]];
    private static readonly string[] Macros = ["all", "exists", "exists_one", "filter", "map"];

    private readonly CelTokens tokens;
    private readonly HashSet<string> variables;
    private int depth;

    private CelParser(CelTokens tokens, params ReadOnlySpan<string> variables) =>
        (this.tokens, this.variables) = (tokens, [.. variables]);

    /// <summary>Whether the rule reads the previous state of the object. Such a rule applies to updates only.</summary>
    public bool UsesOldSelf { get; private set; }

    /// <exception cref="CelSyntaxException">The rule has a syntax error, or unknown names.</exception>
    public static (CelNode Node, bool UsesOldSelf) Parse(string rule)
    {
        if (rule.Length > MaxRuleLength)
        {
            throw CelSyntaxException.At(0, $"it has {rule.Length} characters, at most {MaxRuleLength} are taken");
        }

        var parser = new CelParser(new(CelLexer.Split(rule)), "self", "oldSelf");
        var node = parser.Expression();
        if (parser.tokens.Next.Kind != CelTokenKind.End)
        {
            throw parser.tokens.Unexpected();
        }

        return (node, parser.UsesOldSelf);
    }

    private CelNode Expression()
    {
        if (++depth > MaxDepth)
        {
            throw CelSyntaxException.At(tokens.Next.At, $"it is deeper than {MaxDepth} levels");
        }

        var node = Binary(0);
        if (tokens.Take("?"))
        {
            var then = Binary(0);
            tokens.Expect(":");
            node = new CelNode.Conditional(node, then, Expression());
        }

        depth--;
        return WithinMaxDepth(node);
    }

    private CelNode Binary(int level)
    {
        if (level == Levels.Length)
        {
            return Unary();
        }

        var left = Binary(level + 1);
        while (tokens.Next.Kind == CelTokenKind.Symbol && Levels[level].Contains(tokens.Next.Text))
        {
            var symbol = tokens.Read().Text;
            left = WithinMaxDepth(new CelNode.Binary(symbol, left, Binary(level + 1)));
        }

        return left;
    }

    private CelNode Unary()
    {
        var (nots, minuses) = (0, 0);
        while (tokens.Take("!"))
        {
            nots++;
        }

        while (nots == 0 && tokens.Take("-"))
        {
            minuses++;
        }

        var node = Member();
        // Two of the same operator cancel each other out.
        return (nots % 2, minuses % 2) switch
        {
            (1, _) => new CelNode.Not(node),
            (_, 1) => new CelNode.Negate(node),
            _ => node,
        };
    }

    private CelNode Member()
    {
        var node = Primary();
        while (true)
        {
            if (tokens.Take("["))
            {
                node = new CelNode.Index(node, Expression());
                tokens.Expect("]");
            }
            else if (tokens.Take("."))
            {
                var name = tokens.Name();
                node = tokens.Take("(") ? Method(node, name) : new CelNode.Select(node, CelNames.Unescape(name.Text));
            }
            else
            {
                return node;
            }

            WithinMaxDepth(node);
        }
    }

    private CelNode Primary()
    {
        if (tokens.Next.Kind == CelTokenKind.Value)
        {
            return new CelNode.Literal(tokens.Read().Value);
        }

        if (tokens.Take("("))
        {
            var inner = Expression();
            tokens.Expect(")");
            return inner;
        }

        if (tokens.Take("["))
        {
            return new CelNode.ListOf(Arguments("]"));
        }

        var name = tokens.Name();
        if (!tokens.Take("("))
        {
            return Variable(name);
        }

        return name.Text == "has" ? Has(name) : Function(name, Arguments(")"));
    }

    private CelNode.Variable Variable(CelToken name)
    {
        if (!variables.Contains(name.Text))
        {
            throw Undeclared(name);
        }

        UsesOldSelf |= name.Text == "oldSelf";
        return new(name.Text);
    }

    private CelNode.Has Has(CelToken name) => Arguments(")") is [CelNode.Select { Of: var of, Member: var member }]
        ? new(of, member)
        : throw CelSyntaxException.At(name.At, "invalid argument to has() macro");

    private CelNode Method(CelNode of, CelToken name)
    {
        if (Macros.Contains(name.Text))
        {
            return Loop(of, name);
        }

        var arguments = Arguments(")");
        if (name.Text == "matches")
        {
            return arguments is [CelNode.Literal { Value: string pattern }]
                ? Matches(of, name, pattern)
                : throw CelSyntaxException.At(name.At, "matches() takes a literal pattern here");
        }

        return Function(name, [of, .. arguments], isMethod: true);
    }

    private static CelNode.Matches Matches(CelNode of, CelToken name, string pattern)
    {
        try
        {
            return new(of, Re2.Compile(pattern), pattern.Length);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw CelSyntaxException.At(name.At, $"invalid matches argument: {exception.Message}");
        }
    }

    private CelNode.Loop Loop(CelNode range, CelToken macro)
    {
        var variable = tokens.Name();
        tokens.Expect(",");
        if (!variables.Add(variable.Text))
        {
            throw CelSyntaxException.At(variable.At, $"\"{variable.Text}\" is taken");
        }

        var body = Expression();
        variables.Remove(variable.Text);
        tokens.Expect(")");
        return new(macro.Text, range, variable.Text, body);
    }

    private static CelNode.Call Function(CelToken name, List<CelNode> arguments, bool isMethod = false) =>
        CelFunctions.IsKnown(name.Text, arguments.Count, isMethod) ? new(name.Text, arguments) : throw Undeclared(name);

    private List<CelNode> Arguments(string close)
    {
        var arguments = new List<CelNode>();
        while (!tokens.Take(close))
        {
            if (arguments.Count > 0)
            {
                tokens.Expect(",");
            }

            arguments.Add(Expression());
        }

        return arguments;
    }

    // A chain of operators is as deep as it is long, and it is evaluated by recursion, too.
    private CelNode WithinMaxDepth(CelNode node) =>
        node.Depth <= MaxDepth ? node : throw CelSyntaxException.At(tokens.Next.At, $"it is deeper than {MaxDepth} levels");

    private static CelSyntaxException Undeclared(CelToken name) =>
        new($"ERROR: <input>:1:{name.At + 1}: undeclared reference to '{name.Text}' (in container '')");
}
