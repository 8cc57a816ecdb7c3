using System.Text.Json.Nodes;
using Cortex.ApiServer.Cel;

namespace Cortex.ApiServer.Tests.Rules;

/// <summary>The supported part of the language of rules: https://github.com/google/cel-spec/blob/master/doc/langdef.md</summary>
public sealed class CelTests
{
    private const string Self = """
        {"mode":"On","count":3,"ratio":1.5,"whole":2.0,"yes":true,"none":null,"text":"größe😀","list":["a","b"],"numbers":[1,2,3],
        "map":{"a":"1","b":"2"},"deep":{"list":[{"n":1},{"n":2}]},"namespace":"ns","a-b":1,
         "span":"90s","big":9223372036854775807}
        """;

    [Theory]
    [InlineData("self.mode == 'On' && self.count > 1")]
    [InlineData("self.mode != \"Off\" || self.absent")]
    [InlineData("self.absent == 1 || true")]
    [InlineData("!(self.absent == 1 && false)")]
    [InlineData("has(self.mode) && !has(self.absent)")]
    [InlineData("self.mode in ['On', 'Off'] && !('x' in self.list) && 'a' in self.map")]
    [InlineData("self.map['a'] == '1' && self.list[1] == 'b'")]
    [InlineData("size(self.text) == 6 && self.text.size() == 6 && size(self.list) == 2 && size(self.map) == 2")]
    [InlineData("self.list.all(x, x < 'c') && self.list.exists(x, x == 'b') && self.list.exists_one(x, x == 'a')")]
    [InlineData("self.map.all(k, self.map[k] == '1' || k == 'b')")]
    [InlineData("self.numbers.filter(n, n > 1) == [2, 3] && self.numbers.map(n, n * 2) == [2, 4, 6]")]
    [InlineData("self.deep.list.all(x, self.numbers.exists(n, n == x.n))")]
    [InlineData("self.numbers.exists(n, n / 0 == 1 || n == 3)")]
    [InlineData("self.count + 1 == 4 && self.count - 5 == -2 && self.count * 2 == 6 && self.count / 2 == 1 && self.count % 2 == 1")]
    [InlineData("self.ratio + 0.5 == self.whole && self.count > self.ratio && self.whole == 2")]
    [InlineData("(self.count > 5 ? 'big' : self.count > 2 ? 'some' : 'few') == 'some'")]
    [InlineData("1 + 2 * 3 == 7 && (1 + 2) * 3 == 9 && 7 - 3 - 2 == 2")]
    [InlineData("'a' + 'b' == 'ab' && [1] + [2] == [1, 2]")]
    [InlineData("string(self.count) == '3' && int('12') == 12 && int(self.ratio) == 1 && string(self.yes) == 'true'")]
    [InlineData("duration(self.span) >= duration('1m') && duration('1h30m') == duration('5400s') && duration('1.5h') > duration('-1h')")]
    [InlineData(
        "self.mode.startsWith('O') && self.mode.endsWith('n') && self.text.contains('ß') && self.mode.lowerAscii() == 'on' && ' a '.trim() "
            + "== 'a'")]
    [InlineData("self.mode.matches('^O') && !self.mode.matches('^n') && 'a\\nb'.matches('a.b') == false")]
    [InlineData("'a\\n'.matches('^a$') == false && '٣'.matches('\\\\d') == false && r'\\d' == '\\\\d'")]
    [InlineData("self.__namespace__ == 'ns' && self.a__dash__b == 1")]
    [InlineData("self.none == null && self.map == self.map && self.list != self.numbers && !(1 == '1')")]
    [InlineData("'\\u00e4\\x41\\t' == 'äA\t' // and a comment")]
    public void Expressions_have_the_same_value_as_in_Kubernetes(string rule) => Assert.True(Evaluate(rule) is true);

    [Theory]
    [InlineData("self.absent == 1", "no such key: absent")]
    [InlineData("self.map['c'] == '1'", "no such key: c")]
    [InlineData("self.list[2] == 'c'", "index out of bounds: 2")]
    [InlineData("self.absent || false", "no such key: absent")]
    [InlineData("self.numbers.all(n, n / 0 == 1)", "division by zero")]
    [InlineData("self.count % 0 == 1", "modulus by zero")]
    [InlineData("self.big + 1 > 0", "integer overflow")]
    [InlineData("self.mode + 1 == 'x'", "no such overload")]
    [InlineData("self.mode < 1", "no such overload")]
    [InlineData("self.mode", null)]
    [InlineData("self.mode && true", "no such overload")]
    [InlineData("int(self.mode) == 1", "type conversion error from 'string' to 'int'")]
    [InlineData("duration('99999999999h') > duration('1s')", "type conversion error from 'string' to 'google.protobuf.Duration'")]
    [InlineData("duration('1d') > duration('1s')", "type conversion error from 'string' to 'google.protobuf.Duration'")]
    public void An_expression_without_a_value_gives_the_reason(string rule, string? why)
    {
        if (why is null)
        {
            Assert.False(Evaluate(rule) is true);
        }
        else
        {
            Assert.Equal(why, Assert.Throws<CelException>(() => Evaluate(rule)).Message);
        }
    }

    [Theory]
    [InlineData("", "unexpected '<EOF>'")]
    [InlineData("1 +", "1:4: Syntax error: unexpected '<EOF>'")]
    [InlineData("self.mode = 1", "token recognition error at: '='")]
    [InlineData("(self.mode", "unexpected '<EOF>'")]
    [InlineData("self.mode == 'a", "a text is left open")]
    [InlineData("other == 1", "1:1: undeclared reference to 'other' (in container '')")]
    [InlineData("quantity(self.mode)", "undeclared reference to 'quantity'")]
    [InlineData("self.mode.format([1])", "undeclared reference to 'format'")]
    [InlineData("startsWith(self.mode, 'a')", "undeclared reference to 'startsWith'")]
    [InlineData("self.list.all(x, x == y)", "undeclared reference to 'y'")]
    [InlineData("self.list.all(self, true)", "\"self\" is taken")]
    [InlineData("self.list.all(x, true) && x == 1", "undeclared reference to 'x'")]
    [InlineData("has(self)", "invalid argument to has() macro")]
    [InlineData("self.mode.matches('(')", "invalid matches argument")]
    [InlineData("self.mode.matches(self.text)", "takes a literal pattern")]
    [InlineData("self.?mode", "unexpected '?'")]
    [InlineData("{'a': 1} == 1", "token recognition error")]
    [InlineData("1u == 1", "is not a supported number")]
    [InlineData("self.mode true", "unexpected 'true'")]
    public void An_invalid_rule_is_refused_when_it_is_parsed(string rule, string why) =>
        Assert.Contains(why, Assert.Throws<CelSyntaxException>(() => CelProgram.Compile(rule)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("", "true", " || true")]
    [InlineData("[", "1", "]")]
    [InlineData("true ? true : ", "true", "")]
    [InlineData("self.a(", "1", ")")]
    [InlineData("", "self", ".a")]
    public void No_rule_is_deep_enough_to_overflow_the_stack(string before, string middle, string after)
    {
        foreach (var levels in (int[])[1_000, 5_000, 100_000])
        {
            var rule = string.Concat(Enumerable.Repeat(before, levels)) + middle + string.Concat(Enumerable.Repeat(after, levels));
            Assert.Throws<CelSyntaxException>(() => CelProgram.Compile(rule));
        }
    }

    [Theory]
    [InlineData("self.all(a, self.all(b, self.all(c, a + b + c >= 0)))")]
    [InlineData("self.all(a, self.exists(b, self == self && a < 0))")]
    [InlineData("self.all(a, self.all(b, string(a).matches('(x+x+)+y') || true))")]
    [InlineData("self.exists(a, self.exists(b, self[b + 100000] == 1))")]
    public void No_evaluation_costs_more_than_its_budget(string rule)
    {
        var list = new JsonArray([.. Enumerable.Range(0, 2000).Select(i => JsonNode.Parse($"{i}"))]);

        Assert.Throws<CelCostException>(() => CelProgram.Compile(rule).Evaluate(list, null, new(CelBudget.PerRule)));
    }

    [Fact]
    public void A_long_text_is_matched_in_linear_time() =>
        Assert.False(
            Assert.IsType<bool>(
                CelProgram.Compile("self.matches('^(a+)+$')").Evaluate(
                    JsonValue.Create(new string('a', 100_000) + "!"), null, new(CelBudget.PerRule))));

    private static object? Evaluate(string rule) => CelProgram.Compile(rule).Evaluate(JsonNode.Parse(Self), null, new(CelBudget.PerRule));
}
