using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Postgres;

public sealed class SyncStandbysTests
{
    [Theory]
    [InlineData("")]
    [InlineData("ANY 1 (\"cortex-s1\")", "cortex-s1")]
    [InlineData("ANY 1 (\"cortex-s1\", \"cortex-s2\")", "cortex-s1", "cortex-s2")]
    public void What_is_written_is_read_back(string value, params string[] standbys)
    {
        Assert.Equal(value, SyncStandbys.Render(standbys));
        Assert.Equal(standbys, SyncStandbys.Parse(value));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("cortex-s1")]
    [InlineData("FIRST 1 (\"cortex-s1\")")]
    [InlineData("ANY 2 (\"cortex-s1\")")]
    [InlineData("ANY 1 (\"")]
    [InlineData("ANY 1 (\"cortex-s1\",\"cortex-s2\")")]
    public void A_value_that_another_program_wrote_is_not_parsed(string value) => Assert.Null(SyncStandbys.Parse(value));

    [Fact]
    public void A_copy_does_not_pass_for_the_standby_that_it_is_for()
    {
        var paths = new ServerPaths("data", "conf", "tls", "run");
        var copy = ConnInfo.ForClone(new("cortex-pr"), 5432, paths, "cortex-s1", 17).ToString();

        Assert.Contains("application_name='copy for cortex-s1'", copy, StringComparison.Ordinal);
    }
}
