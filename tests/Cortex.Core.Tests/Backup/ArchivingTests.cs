using System.Diagnostics;
using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;

namespace Cortex.Core.Tests.Backup;

/// <summary>archive_command, in a shell and with another program instead of pgBackRest.</summary>
public sealed class ArchivingTests : IDisposable
{
    private const string File = "000000010000000000000005";

    private readonly string data = Directory.CreateTempSubdirectory("cortex-archiving-").FullName;

    [Fact]
    public void A_file_is_archived_while_no_more_wait_than_may()
    {
        Assert.Equal((0, "push pg_wal/" + File), Run(waiting: 4, "64Mi"));
        Assert.Equal((0, "push pg_wal/" + File), Run(waiting: 40, maximumBacklog: null));
        Assert.Null(GivenUp);
    }

    [Fact]
    public void The_oldest_file_is_given_up_where_more_wait_and_its_name_is_kept()
    {
        Assert.Equal((0, $"gave up {File}: 5 files wait to be archived"), Run(waiting: 5, "64Mi"));
        Assert.Equal(File, ArchiveGap.File(GivenUp));
    }

    [Fact]
    public void A_file_is_not_given_up_where_its_name_cannot_be_kept()
    {
        Directory.CreateDirectory(Path.Combine(data, "gap.new"));

        Assert.NotEqual(0, Run(waiting: 5, "64Mi").Status);
        Assert.Null(GivenUp);
    }

    [Fact]
    public void A_server_that_stops_waits_for_no_archive()
    {
        System.IO.File.WriteAllText(Path.Combine(data, "postmaster.pid"), "1\nstopping\n");

        Assert.Equal((200, ""), Run(waiting: 1, "64Mi"));
    }

    [Fact]
    public void A_program_that_waits_for_the_repository_ends_when_the_server_stops()
    {
        const string waits = "sh -c 'echo $$ >program; echo stopping >postmaster.pid; mkfifo silent; exec cat silent'";

        Assert.Equal((200, ""), Run(waiting: 1, maximumBacklog: null, waits));
        var program = System.IO.File.ReadAllText(Path.Combine(data, "program")).Trim();
        Assert.True(SpinWait.SpinUntil(() => !Runs(program), TimeSpan.FromSeconds(30)), $"process {program} still waits");
    }

    [Fact]
    public void A_program_ends_when_PostgreSQL_ends_the_shell_that_started_it()
    {
        const string waits = "sh -c 'echo $$ >program; kill -QUIT $PPID; mkfifo silent; exec cat silent'";

        Assert.NotEqual(0, Run(waiting: 1, maximumBacklog: null, waits).Status);
        var program = System.IO.File.ReadAllText(Path.Combine(data, "program")).Trim();
        Assert.True(SpinWait.SpinUntil(() => !Runs(program), TimeSpan.FromSeconds(30)), $"process {program} still waits");
    }

    [Fact]
    public void The_exit_code_of_a_push_is_that_of_the_command()
    {
        Assert.Equal((82, "no"), Run(waiting: 1, maximumBacklog: null, "sh -c 'echo no; exit 82'"));
    }

    [Fact]
    public void A_segment_that_the_archive_has_with_another_end_is_accepted_on_an_earlier_timeline_only()
    {
        const string refused = "sh -c 'exit 45'";

        Assert.Equal(45, Run(waiting: 1, maximumBacklog: null, refused).Status);
        System.IO.File.WriteAllText(Path.Combine(data, "pg_wal", "00000001.history"), "");
        Assert.Equal(45, Run(waiting: 1, maximumBacklog: null, refused).Status);
        System.IO.File.WriteAllText(Path.Combine(data, "pg_wal", "0000000A.history"), "");
        Assert.Equal((0, $"{File} of an earlier timeline is archived already"), Run(waiting: 1, maximumBacklog: null, refused));
        Assert.Equal(44, Run(waiting: 1, maximumBacklog: null, "sh -c 'exit 44'").Status);
    }

    public void Dispose() => Directory.Delete(data, recursive: true);

    private string? GivenUp =>
        Path.Combine(data, "gap") is var file && System.IO.File.Exists(file) ? System.IO.File.ReadAllText(file) : null;

    private static bool Runs(string process) =>
        System.IO.File.Exists($"/proc/{process}/cmdline") && System.IO.File.ReadAllText($"/proc/{process}/cmdline").Length > 0;

    private (int Status, string Text) Run(int waiting, string? maximumBacklog, string push = "echo push")
    {
        if (!System.IO.File.Exists(Path.Combine(data, "postmaster.pid")))
        {
            System.IO.File.WriteAllText(Path.Combine(data, "postmaster.pid"), "1\nready\n");
        }

        var marks = Directory.CreateDirectory(Path.Combine(data, "pg_wal", "archive_status")).FullName;
        for (var number = 0; number < waiting; number++)
        {
            System.IO.File.WriteAllText(Path.Combine(marks, $"{number}.ready"), "");
        }

        var command = Archiving.Command(new BackupSpec { MaximumBacklog = maximumBacklog })
            .Replace("%p", "pg_wal/" + File, StringComparison.Ordinal)
            .Replace("%f", File, StringComparison.Ordinal)
            .Replace(Paths.GivenUpWal, Path.Combine(data, "gap"), StringComparison.Ordinal)
            .Replace($"sync {Paths.Volume};", $"sync {data};", StringComparison.Ordinal)
            .Replace($"{RepositoryFile.Program} archive-push", push, StringComparison.Ordinal);
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"{{ {command}; }} 2>&1"])
        {
            WorkingDirectory = data, RedirectStandardOutput = true,
        })!;
        var text = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return (shell.ExitCode, text.Split('\n').LastOrDefault(line => line.Length > 0) ?? "");
    }
}
