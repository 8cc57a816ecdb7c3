using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Postgres;

/// <summary>What a join does with the data of a former primary, up to its first question to the new one.</summary>
public sealed class JoinTests(LiveServer server) : IClassFixture<LiveServer>
{
    /// <summary>Argument 1: a data directory, which is copied into a temporary folder.</summary>
    private const string InAFolderOfItsOwn =
        """
        folder=$(mktemp -d)
        trap 'rm -rf "$folder"' EXIT
        mkdir -p "$folder/pgdata/global" "$folder/pgdata/pg_wal"
        cp "$1/global/pg_control" "$folder/pgdata/global"
        cp "$1"/pg_wal/0* "$folder/pgdata/pg_wal"
        touch "$folder/server.pem" "$folder/replication.pem"
        shift
        pg_isready() { exit 0; }

        """;

    private const string InAnEmptyFolder =
        """
        folder=$(mktemp -d)
        trap 'rm -rf "$folder"' EXIT
        touch "$folder/server.pem" "$folder/replication.pem"
        pg_isready() { return 0; }

        """;

    private const string MakesFilesForLater =
        "for number in $(seq 10 60); do truncate -s 16M \"$folder/pgdata/pg_wal/0000000100000000000000$number\"; done\n";

    /// <summary>The progress messages of the copy would push earlier messages out of the end of the output.</summary>
    [Theory, InlineData(0), InlineData(3)]
    public void A_copy_ends_as_pg_basebackup_does_and_says_what_it_said_without_its_progress(int code)
    {
        var copies = "pg_basebackup() { mkdir -p pgdata.new/global; : >pgdata.new/global/pg_control; "
            + $"echo '  100/20000 kB (0%), 0/1 tablespace' >&2; echo 'pg_basebackup: a word' >&2; return {code}; }}\n";
        string[] files = ["postgresql.conf", "pg_hba.conf", "pg_ident.conf"];
        var (ended, said) = LiveServer.Script(
            InAnEmptyFolder + copies + Here(ProvisioningScripts.Join) + "\n[ -f pgdata/standby.signal ]",
            [.. files, "authority", "", "host=nowhere", "", "1", "trusted", "", "", ""]);

        Assert.Equal((code, "pg_basebackup: a word"), (ended, said.Trim()));
    }

    [Fact]
    public void Where_a_backup_cannot_be_restored_the_primary_is_copied()
    {
        const string programs =
            """
            pgbackrest() { echo "ERROR: [056]: no backup"; return 56; }
            pg_basebackup() { mkdir -p pgdata.new/global; : >pgdata.new/global/pg_control; }

            """;
        string[] files = ["postgresql.conf", "pg_hba.conf", "pg_ident.conf"];
        var (ended, said) = LiveServer.Script(
            InAnEmptyFolder + programs + Here(ProvisioningScripts.Join) + "\n[ -f pgdata/standby.signal ]",
            [.. files, "authority", "", "host=nowhere", "", "1", "trusted", "", "replay", "20260101-100000F"]);

        Assert.Equal(0, ended);
        Assert.Equal(
            "restoring backup 20260101-100000F\nERROR: [056]: no backup\nthe backup cannot become a standby\nthe primary is copied",
            said.Trim());
    }

    /// <summary>
    /// A server creates the next files before it needs them, and the file system determines which one a program finds first.
    /// </summary>
    [Theory, InlineData(""), InlineData(MakesFilesForLater)]
    public void Where_the_WAL_of_a_former_primary_ends_is_said_also_where_it_has_made_files_for_later(string preparation)
    {
        Assert.SkipWhen(LiveServer.WhyAbsent is not null, LiveServer.WhyAbsent ?? "");
        var join = Here(ProvisioningScripts.Join);
        var (code, said) = LiveServer.Script(
            InAFolderOfItsOwn + preparation + join,
            [
                server.Paths.Data, "postgresql.conf", "pg_hba.conf", "pg_ident.conf", "authority", "", "host=nowhere",
                server.Sql("select system_identifier from pg_control_system()"), "1", "diverged", "", "", "",
            ]);

        Assert.True(code == 0, said);
        Assert.Matches("^WAL ends: [0-9A-F]+/[0-9A-F]+ [0-9]+$", said);
    }

    private static string Here(string script) =>
        script.Replace("/var/lib/cortex", "\"$folder\"", StringComparison.Ordinal)
            .Replace("/run/secrets", "\"$folder\"", StringComparison.Ordinal);
}
