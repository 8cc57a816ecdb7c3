using Cortex.Core.Postgres;
using FsCheck;
using FsCheck.Fluent;

namespace Cortex.Core.Tests.Postgres;

public sealed class SecretTextTests
{
    // The salt and password of RFC 7677, section 3.
    private const string Pencil =
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
            + "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

    private static readonly byte[] Salt = Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==");

    [Fact]
    public void The_verifier_is_that_of_the_standard() => Assert.Equal(Pencil, ScramVerifier.Create("pencil", Salt));

    [Theory]
    [InlineData(Pencil, "pencil", true)]
    [InlineData(Pencil, "Pencil", false)]
    [InlineData(Pencil, "", false)]
    [InlineData(null, "pencil", false)]
    [InlineData("md5abc", "pencil", false)]
    [InlineData("SCRAM-SHA-256$x:y$z", "pencil", false)]
    [InlineData("SCRAM-SHA-256$4096:!!$z", "pencil", false)]
    [InlineData("SCRAM-SHA-256$2147483647:W22ZaJ0SNY7soEsUEjb6gQ==$z:z", "pencil", false)] // one comparison would take a quarter of an hour
    public void A_verifier_matches_its_password_only(string? verifier, string password, bool matches) =>
        Assert.Equal(matches, ScramVerifier.Matches(verifier, password));

    [Theory, InlineData(""), InlineData("pässword"), InlineData("a\nb"), InlineData("a\0")]
    public void A_password_that_two_programs_could_read_differently_is_refused(string password) =>
        Assert.Contains("printable ASCII", Assert.Throws<ArgumentException>(() => ScramVerifier.Create(password, Salt)).Message);

    [Fact]
    public void A_short_salt_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ScramVerifier.Create("pencil", Salt.AsSpan(0, 8)));

    [Fact]
    public void A_generated_password_needs_no_quoting_anywhere() =>
        Prop.ForAll(ArbMap.Default.GeneratorFor<byte>().ArrayOf(Password.LeastBytes).ToArbitrary(), bytes =>
        {
            var password = Password.Generate(bytes);
            return password.Length == bytes.Length
                && password.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))
                && !password.AsSpan().ContainsAny("ilou");
        }).Holds();

    [Fact]
    public void Every_character_of_a_password_is_as_likely_as_any_other()
    {
        var counts = Password.Generate([.. Enumerable.Range(0, 256).Select(value => (byte)value)]).CountBy(c => c).ToArray();

        Assert.Equal(32, counts.Length);
        Assert.All(counts, pair => Assert.Equal(8, pair.Value));
    }

    [Fact]
    public void Too_few_random_bytes_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => Password.Generate(new byte[19]));

    [Theory, InlineData("a", "'a'"), InlineData("it's", "'it''s'"), InlineData("", "''"), InlineData(@"a\'b", @" E'a\\''b'")]
    public void Literals_are_quoted(string text, string quoted) => Assert.Equal(quoted, SqlQuote.Literal(text));

    [Theory, InlineData("app", "\"app\""), InlineData("a\"b", "\"a\"\"b\""), InlineData("Größe", "\"Größe\"")]
    public void Identifiers_are_quoted(string name, string quoted) => Assert.Equal(quoted, SqlQuote.Identifier(name));

    [Fact]
    public void A_text_that_cannot_be_part_of_sql_is_refused()
    {
        Assert.Throws<ArgumentException>(() => SqlQuote.Literal("a\0b"));
        Assert.Throws<ArgumentException>(() => SqlQuote.Identifier("a\0b"));
        Assert.Throws<ArgumentException>(() => SqlQuote.Identifier(""));
        Assert.Throws<ArgumentException>(() => SqlQuote.Identifier(new string('ö', 32)));
    }
}
