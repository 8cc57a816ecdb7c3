using Cortex.Core.Postgres;
using FsCheck;
using FsCheck.Fluent;

namespace Cortex.Core.Tests.Postgres;

public sealed class HbaRulesTests
{
    [Fact]
    public void Plaintext_is_refused_by_the_very_first_line() =>
        Assert.Equal(
            """
            hostnossl all all all reject
            local all "postgres" peer
            hostssl replication "streaming_replica" all cert
            hostssl all "streaming_replica" all cert
            hostssl all "cortex_operator" all cert
            # spec.postgres.hba
            hostssl app app 10.0.0.0/8 scram-sha-256
            # everyone else
            hostssl all all all scram-sha-256

            """, HbaRules.Render(["hostssl app app 10.0.0.0/8 scram-sha-256"]));

    /// <summary>As docs/security.md says it: before the line by which a password is enough, and after those of the operator.</summary>
    [Theory]
    [InlineData("hostssl all postgres all reject")]
    [InlineData("hostssl postgres,template1 app all reject")]
    public void A_line_can_narrow_who_comes_in_by_a_password(string line)
    {
        var rules = HbaRules.Render([line]).Split('\n').ToList();

        Assert.Empty(HbaRules.Validate([line]));
        Assert.InRange(rules.IndexOf(line), HbaRules.Mandatory.Count, rules.IndexOf(HbaRules.Default.ToString()) - 1);
        Assert.Contains(line, File.ReadAllText(Repository.Path("docs/security.md")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hostssl all all all scram-sha-256")]
    [InlineData("hostssl app,other +staff,bob samenet cert map=people")]
    [InlineData("hostssl \"my db\" \"a,b\" 10.0.0.1 255.255.255.255 scram-sha-256")]
    [InlineData("hostssl \"@home\" all ::1/128 scram-sha-256 # clerk's @desk")]
    [InlineData("host all bad 10.0.0.0/8 reject")]
    [InlineData("hostnossl\tall\tall\tall\treject")]
    [InlineData("hostssl a, b all .example.org scram-sha-256")]
    [InlineData("# only a comment, include this")]
    [InlineData("")]
    public void A_line_over_tls_or_a_rejection_is_granted(string line) => Assert.Empty(HbaRules.Validate([line]));

    [Theory]
    [InlineData("host all all all scram-sha-256", "plaintext")]
    [InlineData("hostnossl all all all cert", "plaintext")]
    [InlineData("hostgssenc all all all scram-sha-256", "plaintext")]
    [InlineData("hostssl all all all trust", "\"trust\" is not allowed")]
    [InlineData("hostssl all all all md5", "\"md5\" is not allowed")]
    [InlineData("hostssl all all all password", "\"password\" is not allowed")]
    [InlineData("hostssl all all all \"trust\"", "\"trust\" is not allowed")]
    [InlineData("hostssl all all 10.0.0.1 255.0.0.0 trust", "\"trust\" is not allowed")]
    [InlineData("hostssl all all 10.0.0.1 scram-sha-256", "prefix length")]
    [InlineData("local all all peer", "socket")]
    [InlineData("local all all trust", "socket")]
    [InlineData("\"local\" all all trust", "socket")]
    [InlineData("include /etc/passwd", "not checked")]
    [InlineData("include_dir /etc", "not checked")]
    [InlineData("include_if_exists x", "not checked")]
    [InlineData("hostssl @dbs all all cert", "another file")]
    [InlineData("hostssl a,@\"dbs\" all all cert", "another file")]
    [InlineData("hostssl all all all", "five fields")]
    [InlineData("hostssl", "five fields")]
    [InlineData("hostssl all \"all all cert", "left open")]
    [InlineData("hostssl all all all cert \\", "backslash")]
    [InlineData("hostssl all all all cert\nhost all all all trust", "one line")]
    [InlineData("hostssl all all all cert,trust", "one method")]
    [InlineData("hostssl all all a,b cert", "one address")]
    [InlineData("hostssl all all all cert trust", "not an option of cert")]
    [InlineData("hostssl all all all scram-sha-256 map=x", "not an option of scram-sha-256")]
    [InlineData("hostssl all all all scram-sha-256 clientcert=verify-full,x", "one name=value")]
    [InlineData("hostssl all all 10.0.0.0/33 cert", "not an address")]
    [InlineData("hostssl all all host/8 cert", "not an address")]
    [InlineData("hostssl all all 10.0.0.1 ffff:: cert", "prefix length")]
    [InlineData("ssl all all all cert", "not a connection type")]
    [InlineData("hostssl,host all all all cert", "five fields")]
    [InlineData("hostssl#host all all all cert", "five fields")]
    public void A_line_that_could_weaken_the_access_rules_is_refused(string line, string reason)
    {
        var refusal = Assert.Single(HbaRules.Validate(["hostssl all all all cert", line]));

        Assert.Equal("spec.postgres.hba[1]", refusal.Path);
        Assert.Contains(reason, refusal.Message);
        Assert.Throws<ArgumentException>(() => HbaRules.Render([line]));
    }

    [Theory, InlineData(""), InlineData("/.*"), InlineData("a\nb"), InlineData("a\0")]
    public void A_name_that_cannot_be_written_is_refused(string name) => Assert.Throws<ArgumentException>(() => HbaMatch.Name(name));

    [Fact]
    public void A_quoted_name_is_read_back_as_it_was() =>
        Prop.ForAll<NonEmptyString>(name =>
        {
            if (name.Get[0] == '/' || name.Get.Any(char.IsControl))
            {
                return true;
            }

            var fields = HbaLine.Split(HbaRule.Password(HbaMatch.All, HbaMatch.Name(name.Get)).ToString());
            return fields is [_, _, [{ Quoted: true } role], _, _] && role.Text == name.Get;
        }).Holds(500);

    [Fact]
    public void Nothing_that_is_granted_lets_anyone_in_without_tls_and_proof()
    {
        var words = Gen.Elements(
            "hostssl", "host", "local", "hostnossl", "all", "\"all\"", "trust", "md5", "cert", "reject", "scram-sha-256", ",", "#", "\"",
            "@x", "10.0.0.1", "255.0.0.0", "\\", "a=b");
        var lines = words.ListOf().Select(list => string.Join(' ', list));
        Prop.ForAll(lines.ToArbitrary(), line => HbaRules.Validate([line]) is not []
            || HbaLine.Split(line) is [] or [[{ Text: "hostssl" }], _, _, ..] || line.Contains("reject", StringComparison.Ordinal))
            .Holds(2000);
    }
}
