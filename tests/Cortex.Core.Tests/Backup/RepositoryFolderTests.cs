using Cortex.Core.Backup;

namespace Cortex.Core.Tests.Backup;

/// <summary>Whose a folder of a repository is, is seen before anything is written to it.</summary>
public sealed class RepositoryFolderTests : IDisposable
{
    private const int Foreign = 65;

    private readonly string folder = Path.Combine(Directory.CreateTempSubdirectory("cortex-repository-").FullName, "default/cortex/uid");

    [Fact]
    public async Task A_folder_is_made_with_its_mark_and_used_again_by_its_cluster()
    {
        Assert.Equal(0, (await PrepareAsync("default/cortex uid")).ExitCode);
        Assert.Equal(0, (await PrepareAsync("default/cortex uid")).ExitCode);
        Assert.Equal("default/cortex uid\n", File.ReadAllText(Path.Combine(folder, "cortex-cluster")));
    }

    [Fact]
    public async Task A_folder_of_another_cluster_is_refused()
    {
        await PrepareAsync("default/cortex uid");

        var refused = await PrepareAsync("default/other uid");

        Assert.Equal(Foreign, refused.ExitCode);
        Assert.EndsWith("is the folder of another cluster: default/cortex uid", refused.Output.Trim(), StringComparison.Ordinal);
        Assert.Equal("default/cortex uid\n", File.ReadAllText(Path.Combine(folder, "cortex-cluster")));
    }

    [Fact]
    public async Task Backups_that_do_not_say_whose_they_are_are_refused()
    {
        Directory.CreateDirectory(Path.Combine(folder, "archive"));

        Assert.Equal(Foreign, (await PrepareAsync("default/cortex uid")).ExitCode);
    }

    [Fact]
    public async Task Backups_of_earlier_clusters_of_the_same_name_are_found_the_newest_first()
    {
        foreach (var (uid, day) in new[] { ("older", 1), ("newer", 2), ("no uid!", 3) })
        {
            var backups = Directory.CreateDirectory(Path.Combine(folder, "..", uid, "backup/cortex")).FullName;
            File.WriteAllText(Path.Combine(backups, "backup.info"), "");
            File.SetLastWriteTimeUtc(Path.Combine(backups, "backup.info"), new DateTime(2026, 1, day, 0, 0, 0, DateTimeKind.Utc));
        }

        Directory.CreateDirectory(Path.Combine(folder, "..", "without-backups"));
        var prepared = await PrepareAsync("default/cortex uid");

        Assert.Equal(
            ["default/cortex/newer", "default/cortex/older"], RepositoryFile.EarlierFolders(new("default", "cortex"), prepared.Output));
    }

    public void Dispose() => Directory.Delete(Path.GetFullPath(Path.Combine(folder, "../../..")), recursive: true);

    private Task<ToolResult> PrepareAsync(string mark) =>
        Tool.RunAsync("sh", ["-c", $"pgbackrest() {{ :; }}\n{BackupScripts.Prepare}", "prepare", folder, mark]);
}
