using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Postgres;

internal static class Samples
{
    public static readonly ServerPaths Paths = new(
        "/var/lib/cortex/pgdata", "/var/lib/cortex/conf", "/var/lib/cortex/tls", "/var/lib/cortex/run");

    public static ServerInput Input(ServerPaths? paths = null, int major = 15, int port = 5432) => new()
    {
        Paths = paths ?? Paths,
        Instance = "cortex-s1",
        MajorVersion = major,
        Port = port,
        PrimaryConnInfo = ConnInfo.ForReplication([new("cortex-pr"), new("cortex-s1")], port, paths ?? Paths, "cortex-s1", major),
    };

    public static IReadOnlyDictionary<string, string> User(params (string Name, string Value)[] rows) =>
        rows.ToDictionary(row => row.Name, row => row.Value);
}
