using System.Net;
using System.Net.Mime;
using System.Text;
using Cortex.ApiServer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Cortex.Operator.Health;

/// <summary>One check of a probe.</summary>
/// <param name="WhyNot">Null if the check passes, otherwise a sentence with the reason.</param>
public sealed record HealthCheck(string Name, Func<string?> WhyNot);

/// <param name="Port">0: any free port.</param>
public sealed record HealthOptions(int Port)
{
    /// <summary>Null: every address of the pod.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Checks for faults that a restart of the process repairs.</summary>
    public required IReadOnlyList<HealthCheck> Live { get; init; }

    /// <summary>Checks whether the process can do its work, or take it over from another replica.</summary>
    public required IReadOnlyList<HealthCheck> Ready { get; init; }
}

/// <summary>
/// Answers the kubelet's probes: <c>/healthz</c> and <c>/readyz</c>, plain HTTP, 200 or 503 with the reasons. It does not report on
/// databases: their problems are in the status, and a restart of the operator does not repair them.
/// </summary>
public sealed class HealthServer : IAsyncDisposable
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(1);

    private readonly WebApplication app;

    private HealthServer(HealthOptions options, ILoggerFactory logs)
    {
        app = EmbeddedHost.Create(
            logs, kestrel => EmbeddedHost.Listen(kestrel, options.Address, options.Port, listen => listen.Protocols = HttpProtocols.Http1));
        app.Run(http => AnswerAsync(http, options));
    }

    public Uri Address { get; private set; } = null!;

    /// <exception cref="IOException">The port is in use.</exception>
    public static async Task<HealthServer> StartAsync(HealthOptions options, ILoggerFactory logs, CancellationToken ct)
    {
        var server = new HealthServer(options, logs);
        try
        {
            await server.app.StartAsync(ct);
            server.Address = EmbeddedHost.AddressOf(server.app);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using (var timeout = new CancellationTokenSource(ShutdownTimeout))
        {
            await app.StopAsync(timeout.Token);
        }

        await app.DisposeAsync();
    }

    private static Task AnswerAsync(HttpContext http, HealthOptions options) => http.Request switch
    {
        { Method: not ("GET" or "HEAD") } => AnswerAsync(http, StatusCodes.Status405MethodNotAllowed, "only GET is answered\n"),
        { Path.Value: "/healthz" } => AnswerAsync(http, options.Live),
        { Path.Value: "/readyz" } => AnswerAsync(http, options.Ready),
        _ => AnswerAsync(http, StatusCodes.Status404NotFound, "there are /healthz and /readyz\n"),
    };

    private static Task AnswerAsync(HttpContext http, IReadOnlyList<HealthCheck> checks)
    {
        var failed = checks.Select(check => (check.Name, Why: check.WhyNot())).Where(check => check.Why is not null).ToList();
        return failed.Count == 0
            ? AnswerAsync(http, StatusCodes.Status200OK, "ok\n")
            : AnswerAsync(
                http, StatusCodes.Status503ServiceUnavailable, string.Concat(failed.Select(check => $"{check.Name}: {check.Why}\n")));
    }

    private static async Task AnswerAsync(HttpContext http, int code, string text)
    {
        var body = Encoding.UTF8.GetBytes(text);
        (http.Response.StatusCode, http.Response.ContentType, http.Response.ContentLength) = (code, MediaTypeNames.Text.Plain, body.Length);
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await http.Response.Body.WriteAsync(body, http.RequestAborted);
        }
    }
}
