namespace Cortex.Core.Postgres;

/// <summary>pg_hba.conf: who may connect, and how clients prove it. The first line that matches decides, so the order matters.</summary>
/// <remarks>https://www.postgresql.org/docs/current/auth-pg-hba-conf.html</remarks>
public static class HbaRules
{
    public const string FieldPath = "spec.postgres.hba";

    // To the server any other white space is part of a word.
    private static readonly char[] Blanks = [' ', '\t'];

    /// <summary>Before the user's lines, so that none of those can allow plaintext or shut out the operator or a standby.</summary>
    public static readonly IReadOnlyList<HbaRule> Mandatory =
    [
        HbaRule.NoPlaintext,
        HbaRule.Peer(HbaMatch.All, Roles.Superuser),
        HbaRule.Certificate(HbaMatch.Replication, Roles.Replication),
        HbaRule.Certificate(HbaMatch.All, Roles.Replication),   // pg_rewind opens an ordinary session
        HbaRule.Certificate(HbaMatch.All, Roles.Operator),
    ];

    /// <summary>The last line: any other client needs TLS and a password.</summary>
    public static readonly HbaRule Default = HbaRule.Password(HbaMatch.All, HbaMatch.All);

    /// <summary>The file's text.</summary>
    /// <exception cref="ArgumentException">The user's lines were not accepted by <see cref="Validate"/> first.</exception>
    public static string Render(IReadOnlyList<string> userLines)
    {
        if (Validate(userLines) is [var first, ..])
        {
            throw new ArgumentException(first.ToString(), nameof(userLines));
        }

        return string.Concat(
        [
            .. Mandatory.Select(rule => $"{rule}\n"),
            $"# {FieldPath}\n",
            .. userLines.Select(line => $"{line.Trim(Blanks)}\n"),
            "# everyone else\n",
            $"{Default}\n",
        ]);
    }

    /// <summary>
    /// Which of the user's lines, counted from 0, is a line of the file, counted from 1; null for a line of the operator.
    /// </summary>
    public static int? UserLineAt(int line) => line - Mandatory.Count - 2 is var at && at >= 0 ? at : null;

    /// <summary>All problems of the user's lines; empty where all are accepted.</summary>
    public static IReadOnlyList<FieldRefusal> Validate(IReadOnlyList<string> userLines) =>
    [
        .. userLines.Select((line, at) => (Path: $"{FieldPath}[{at}]", Why: HbaUserLine.WhyNot(line)))
            .Where(found => found.Why is not null).Select(found => new FieldRefusal(found.Path, found.Why!)),
    ];
}
