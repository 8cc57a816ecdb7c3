using Microsoft.Extensions.Hosting;

namespace Cortex.ApiServer;

/// <summary>Leaves signals to the process that embeds the server; the default lifetime would take SIGTERM and Ctrl+C for itself.</summary>
internal sealed class EmbeddedLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
