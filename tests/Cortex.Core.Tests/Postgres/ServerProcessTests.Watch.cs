using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Postgres;

/// <summary>What it does every two seconds.</summary>
public sealed partial class ServerProcessTests
{
    /// <summary>The operator cannot connect to reload when a new authority locks it out, and may be interrupted between the two.</summary>
    [Fact]
    public async Task Files_that_are_written_again_are_loaded_without_a_reload()
    {
        var settings = Path.Combine(folder.FullName, "postgresql.conf");
        await File.WriteAllTextAsync(settings, "port = '5432'\ncortex.revision = 'one'\n", Ct);
        Start("-c", "ssl=on", "-c", $"config_file={settings}");
        await ServerAsync(0);

        await File.WriteAllTextAsync($"{settings}.new", "port = '5432'\ncortex.revision = 'two'\n", Ct);
        File.Move($"{settings}.new", settings, overwrite: true);
        await Eventually.HoldsAsync("the server has reloaded", () => Log().Contains("reloaded"));

        Assert.False(first!.HasExited);
    }

    /// <summary>This file is watched: the other files are there by the time that it is.</summary>
    [Fact]
    public void The_file_with_the_revision_is_written_last()
    {
        var last = ProvisioningScripts.Configure.Split('\n').Last(line => line.Contains("put ", StringComparison.Ordinal));

        Assert.EndsWith("put conf/postgresql.conf", last, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_size_and_the_free_space_of_the_volume_are_noted()
    {
        folder.CreateSubdirectory("data");
        Start("-D", "data");
        await Eventually.HoldsAsync("the space is noted", () => File.Exists(Noted));

        var disk = DiskSpace.Parse(await File.ReadAllTextAsync(Noted, Ct));
        Assert.NotNull(disk);
        Assert.InRange(disk.FreeBytes, 1, disk.SizeBytes);
        // A file system keeps some of its space to itself.
        Assert.InRange(disk.SizeBytes, 1, new DriveInfo(folder.FullName).TotalSize);
    }
}
