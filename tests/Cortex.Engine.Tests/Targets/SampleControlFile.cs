using System.Buffers.Binary;
using Cortex.Core.Postgres;

namespace Cortex.Engine.Tests.Targets;

/// <summary>The control file of a server after a clean shutdown, and the termination message with which its container reports it.</summary>
internal static class SampleControlFile
{
    public static byte[] Clean { get; } = Make();

    public static string Message { get; } = $"pg_control:\n{Convert.ToBase64String(Clean.AsSpan(0, 512))}\n";

    private static byte[] Make()
    {
        var control = new byte[ControlFile.Size];
        BinaryPrimitives.WriteUInt32LittleEndian(control.AsSpan(8), 1700);
        BinaryPrimitives.WriteUInt32LittleEndian(control.AsSpan(16), (uint)ControlState.ShutDown);
        return control;
    }
}
