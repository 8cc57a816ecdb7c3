using Cortex.Cli.LocalMachine;
using Cortex.Operator.LocalState;

namespace Cortex.Cli.Tests.LocalMachine;

public sealed class BackgroundOperatorTests
{
    private static readonly StateDirectory State = new("/state");

    [Theory]
    [InlineData("")]
    [InlineData("half a li")]
    public void A_start_that_fails_on_a_full_file_system_reports_the_file_system(string logged)
    {
        var failure = BackgroundOperator.Failed("the operator ended right after it was started", State, logged, 3 << 10);

        Assert.Equal(
            "the file system of /state is full: 3 KiB are free, and the operator ended right after it was started", failure.Message);
        Assert.Equal("free some space, or name another directory with CORTEX_STATE", failure.Next);
    }

    [Fact]
    public void A_start_that_fails_for_another_reason_shows_the_end_of_the_log()
    {
        var failure = BackgroundOperator.Failed("the operator ended right after it was started", State, "one\ntwo\n", 1L << 30);

        Assert.Equal(
            ("the operator ended right after it was started: one | two", "the whole log is /state/operator.log"),
            (failure.Message, failure.Next));
    }

    [Theory]
    [InlineData("cortex.dll", true)]
    [InlineData("Cortex.Engine.dll", true)]
    [InlineData("Cortex.Engine.pdb", false)]
    public void An_operator_is_outdated_if_any_part_of_the_program_is_newer(string newer, bool expected)
    {
        var program = Directory.CreateTempSubdirectory("cortex-parts-").FullName;
        var started = new DateTime(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);
        foreach (var part in new[] { "cortex.dll", "Cortex.Engine.dll", "Cortex.Engine.pdb" })
        {
            var file = Path.Combine(program, part);
            File.WriteAllText(file, "");
            File.SetLastWriteTimeUtc(file, part == newer ? started.AddSeconds(1) : started.AddSeconds(-1));
        }

        Assert.Equal(expected, BackgroundOperator.IsNewer(program, started));
        Directory.Delete(program, recursive: true);
    }
}
