using Cortex.Operator.LocalState;

namespace Cortex.Operator.Tests.LocalState;

public sealed class StateDirectoryTests : IDisposable
{
    private const UnixFileMode Mode0600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Mode0700 = Mode0600 | UnixFileMode.UserExecute;

    private readonly string folder = Directory.CreateTempSubdirectory("cortex-state-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("/own", "/xdg", "/home/u", "/own")]
    [InlineData(null, "/xdg", "/home/u", "/xdg/cortex")]
    [InlineData(null, "relative", "/home/u", "/home/u/.local/state/cortex")]
    [InlineData("", "", "/home/u", "/home/u/.local/state/cortex")]
    public void The_environment_names_the_state_directory(string? own, string? xdg, string home, string expected)
    {
        var environment = new Dictionary<string, string?> { ["CORTEX_STATE"] = own, ["XDG_STATE_HOME"] = xdg, ["HOME"] = home };

        Assert.Equal(expected, StateDirectory.FromEnvironment(environment.GetValueOrDefault).Path);
    }

    [Fact]
    public void The_state_directory_becomes_private_even_if_it_was_not()
    {
        var open = Path.Combine(folder, "open");
        Directory.CreateDirectory(open, Mode0700 | UnixFileMode.OtherRead | UnixFileMode.GroupRead);

        new StateDirectory(open).Create();

        Assert.Equal(Mode0700, File.GetUnixFileMode(open));
    }

    [Fact]
    public async Task Only_one_command_at_a_time_starts_the_operator()
    {
        var state = new StateDirectory(folder);
        var first = await state.LockStartAsync(TimeProvider.System, TestContext.Current.CancellationToken);
        var second = state.LockStartAsync(TimeProvider.System, TestContext.Current.CancellationToken);
        await Task.Delay(TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken);
        Assert.False(second.IsCompleted);

        first.Dispose();

        (await second).Dispose();
    }

    [Fact]
    public void Files_are_private_and_replaced_atomically()
    {
        var file = Path.Combine(folder, "clients/default/cortex/passfile");

        StateDirectory.Write(file, "old");
        StateDirectory.Write(file, "new");

        Assert.Equal("new", File.ReadAllText(file));
        Assert.Equal(Mode0600, File.GetUnixFileMode(file));
        Assert.Equal(Mode0700, File.GetUnixFileMode(Path.GetDirectoryName(file)!));
        Assert.Equal([file], Directory.GetFiles(Path.GetDirectoryName(file)!));
    }

    [Fact]
    public void A_directory_without_other_files_is_removed()
    {
        var state = new StateDirectory(Path.Combine(folder, "state"));
        state.Create();
        File.WriteAllText(state.Log, "");

        Assert.Equal(["operator.log"], state.RemoveFiles());
        Assert.False(Directory.Exists(state.Path));
        Assert.Empty(state.RemoveFiles());
    }

    [Fact]
    public void The_operators_files_are_removed_and_other_files_are_kept()
    {
        var state = new StateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "objects.db"), "");
        File.WriteAllText(Path.Combine(folder, "objects.db.before-upgrade-1"), "");
        File.WriteAllText(Path.Combine(folder, "objects.db.mine"), "");
        File.WriteAllText(state.Kubeconfig, "");
        File.WriteAllText(state.Log, "");
        File.WriteAllText(state.FormerLog, "");

        Assert.Equal(["operator.log", "operator.log.1", "objects.db", "kubeconfig", "objects.db.before-upgrade-1"], state.RemoveFiles());
        Assert.Equal([Path.Combine(folder, "objects.db.mine")], Directory.GetFiles(folder));
    }
}
