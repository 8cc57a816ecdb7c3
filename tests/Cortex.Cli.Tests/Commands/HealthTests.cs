using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Cortex.Cli.Outcomes;

namespace Cortex.Cli.Tests.Commands;

/// <summary>The command of the image's health check, against a port that answers one request.</summary>
public sealed class HealthTests
{
    [Theory]
    [InlineData("200 OK", "ok", ExitCodes.Done)]
    [InlineData("503 Service Unavailable", "the control loop stands still", ExitCodes.Failed)]
    public async Task The_answer_of_the_operator_decides(string status, string answer, int expected)
    {
        await using var cortex = new CommandRunner();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var served = ServeOnceAsync(listener, status, answer);

        Assert.Equal(expected, await cortex.RunAsync("health", "--health-port", Port(listener)));
        Assert.StartsWith("GET /healthz ", await served, StringComparison.Ordinal);
        Assert.Contains(answer, cortex.Output + cortex.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_without_an_operator_is_a_failure_with_a_remedy()
    {
        await using var cortex = new CommandRunner();
        string port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = Port(listener);
        }

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("health", "--health-port", port));
        Assert.Contains("does not answer", cortex.Error, StringComparison.Ordinal);
        Assert.EndsWith(
            "run the operator with --health-port, and pass the same port to this command\n", cortex.Error, StringComparison.Ordinal);
    }

    private static string Port(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

    private static async Task<string> ServeOnceAsync(TcpListener listener, string status, string body)
    {
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream, leaveOpen: true);
        var request = await reader.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
        var answer = $"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), TestContext.Current.CancellationToken);
        return request;
    }
}
