using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Postgres;

public sealed class ControlFileTests
{
    [Fact]
    public void What_is_no_control_file_is_not_read()
    {
        Assert.Null(ControlFile.Parse(null));
        Assert.Null(ControlFile.Parse([1, 2, 3]));
        Assert.Null(ControlFile.Parse(new byte[8192]));
    }
}
