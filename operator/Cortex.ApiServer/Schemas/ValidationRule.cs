using System.Text.Json.Nodes;
using Cortex.ApiServer.Cel;
using Cortex.ApiServer.Errors;

namespace Cortex.ApiServer.Schemas;

/// <summary>One of <c>x-kubernetes-validations</c>, with the errors that it reports, in the words of kube-apiserver.</summary>
internal sealed class ValidationRule
{
    private const int MaxMessageLength = 5 * 1024;

    private readonly CelProgram? program;
    private readonly CelProgram? message;
    private readonly string? fault;
    private readonly string words;
    private readonly string type;
    private readonly string path;
    private readonly string reason;

    /// <param name="rule">The rule in the schema.</param>
    /// <param name="type">The type of the value that the rule is about.</param>
    public ValidationRule(JsonObject rule, string type)
    {
        this.type = type;
        var text = rule.Text("rule") ?? "";
        words = (rule.Text("message") is { Length: > 0 } given ? given : $"failed rule: {text}").Trim();
        Name = (rule.Text("message") is { Length: > 0 } ? words : text).Trim();
        path = rule.Text("fieldPath")?.TrimStart('.') ?? "";
        reason = rule.Text("reason") ?? "";
        try
        {
            // A definition that was stored before rules were evaluated may have any text here.
            fault = ValidationRules.FaultOf(rule);
            program = fault is null ? CelProgram.Compile(text) : null;
            message = fault is null && rule.Text("messageExpression") is { Length: > 0 } expression ? CelProgram.Compile(expression) : null;
        }
        catch (CelSyntaxException exception)
        {
            fault = exception.Message;
        }
    }

    public bool UsesOldSelf => program?.UsesOldSelf == true;

    /// <summary>The name of the rule in errors about its evaluation.</summary>
    private string Name { get; }

    /// <summary>Null when the rule is met.</summary>
    /// <param name="at">The path of the value.</param>
    /// <exception cref="CelCostException">The budget is exceeded.</exception>
    public FieldError? Check(JsonNode self, JsonNode? oldSelf, string at, CelBudget budget)
    {
        if (program is null)
        {
            return FieldError.Invalid(Field(at), type, $"rule compile error: {fault}");
        }

        try
        {
            return program.Evaluate(self, oldSelf, budget) is true ? null : Broken(self, oldSelf, at, budget);
        }
        catch (CelException exception) when (exception is not CelCostException)
        {
            return FieldError.Invalid(Field(at), type, exception.Message == CelValues.NoOverload().Message
                ? $"'{exception.Message}': call arguments did not match a supported operator, function or macro signature for rule: {Name}"
                : $"{exception.Message} evaluating rule: {Name}");
        }
    }

    public FieldError OverRuleBudget(string at) =>
        FieldError.Invalid(
            Field(at),
            type,
            $"'{new CelCostException().Message}': no further validation rules will be run due to call cost exceeds limit for rule: {Name}");

    public FieldError OverObjectBudget(string at) =>
        FieldError.Invalid(Field(at), type, "validation failed due to running out of cost budget, no further validation rules will be run");

    private FieldError Broken(JsonNode self, JsonNode? oldSelf, string at, CelBudget budget)
    {
        var field = (at.Length, path.Length) switch { (_, 0) => Field(at), (0, _) => path, _ => $"{at}.{path}" };
        var detail = Computed(self, oldSelf, budget) ?? words;
        var isSimple = type is not ("object" or "array");
        return reason switch
        {
            "FieldValueForbidden" => FieldError.Forbidden(field, detail),
            "FieldValueRequired" => FieldError.Required(field, detail),
            "FieldValueDuplicate" => isSimple ? FieldError.Duplicate(field, self) : FieldError.Duplicate(field),
            _ => isSimple ? FieldError.Invalid(field, self, detail) : FieldError.Invalid(field, detail),
        };
    }

    private static string Field(string at) => at.Length == 0 ? FieldError.Root : at;

    // When the expression has no value, or its value is not one line of text, the fixed message is used.
    private string? Computed(JsonNode self, JsonNode? oldSelf, CelBudget budget)
    {
        try
        {
            return (message?.Evaluate(self, oldSelf, budget) as string)?.Trim() is { Length: > 0 and <= MaxMessageLength } line
                && !line.Contains('\n', StringComparison.Ordinal)
                ? line
                : null;
        }
        catch (CelException exception) when (exception is not CelCostException)
        {
            return null;
        }
    }
}
