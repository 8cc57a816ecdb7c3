namespace Cortex.ApiServer.Tests.Support;

internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("cortex-apiserver-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
