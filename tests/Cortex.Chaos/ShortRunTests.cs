using System.Text.Json;
using Cortex.Chaos.Check;
using Cortex.Chaos.Record;

namespace Cortex.Chaos;

/// <summary>A minute of chaos with fixed faults, so that each run is the same. <c>./cortex test chaos</c> runs longer.</summary>
[Trait("Tier", "podman")]
public sealed class ShortRunTests
{
    private static readonly string[] Faults =
    [
        "kill-postgres", "cut-network", "kill-podman", "switchover", "kill-operator", "fill-disk", "promote-absent", "failover-killed",
    ];

    [Fact]
    public async Task A_minute_of_chaos_breaks_no_promise()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "chaos mounts small disks and blocks networks, which needs root");
        var folder = Repository.Path(".build/chaos/short");

        var run = await Tool.RunAsync(
            Environment.ProcessPath!,
            [
                "run", "--once", "--faults", string.Join(',', Faults), "--seed", "3", "--hold", "1.5", "--writers", "2", "--moments", "2",
                "--bound", $"{Eventually.HangTimeout.TotalSeconds}", "--out", folder,
            ]);

        Assert.True(run.ExitCode is 0 or 1, run.Said);
        var verdict = JsonSerializer.Deserialize<Verdict>(
            await File.ReadAllTextAsync(Path.Combine(folder, "verdict.json"), TestContext.Current.CancellationToken), History.Json)!;
        Assert.Empty(verdict.Violations);
        Assert.Equal(Faults.Order(), verdict.Faults.Keys.Order());
        Assert.Equal(["Failover", "Switchover"], verdict.Promotions.Keys.Order());
        Assert.True(verdict.Acknowledged > 0, run.Said);
        Assert.Equal(2, verdict.MomentsRestored);
    }
}
