using Cortex.Core.Postgres;
using Cortex.Operator.Clients;

namespace Cortex.Operator.Tests.Clients;

public sealed class ClientAccessTests
{
    [Fact]
    public void Pass_lines_name_every_server_and_escape_what_libpq_would_split_at()
    {
        Assert.Equal(
            "127.0.0.1:5432:*:app:a\\:b\\\\c\n\\:\\:1:5433:*:app:a\\:b\\\\c\n",
            ClientAccess.PassLines([new Endpoint("127.0.0.1", 5432), new Endpoint("::1", 5433)], "app", "a:b\\c"));
    }
}
