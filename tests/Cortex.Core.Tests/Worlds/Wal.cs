using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Worlds;

/// <summary>The model counts writes; the planner reads bytes.</summary>
internal static class Wal
{
    public static Lsn At(long writes) => new((ulong)(writes + 1) * 1000);

    /// <summary>Where the checkpoint of a clean shutdown begins, so that it ends exactly there.</summary>
    public static Lsn ShutdownBefore(long writes) => new(At(writes).Bytes - new ControlFile("", default, Lsn.Zero, 0).EndOfShutdown.Bytes);
}
