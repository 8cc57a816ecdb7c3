using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Cortex.Cli.Outcomes;

namespace Cortex.Operator.Tests.Commands;

/// <summary>What the image's health check calls, against a port that answers one line of HTTP.</summary>
public sealed class HealthTests
{
    [Theory]
    [InlineData("200 OK", "ok", ExitCodes.Done)]
    [InlineData("503 Service Unavailable", "the control loop stands still", ExitCodes.Failed)]
    public async Task The_operators_own_answer_decides(string status, string said, int expected)
    {
        await using var place = new Workplace();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var served = ServeOnceAsync(listener, status, said);

        Assert.Equal(expected, await place.RunAsync("health", "--health-port", Port(listener)));
        Assert.StartsWith("GET /healthz ", await served, StringComparison.Ordinal);
        Assert.Contains(said, place.Output + place.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_there_is_a_failure_that_says_what_to_do()
    {
        await using var place = new Workplace();
        string port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = Port(listener);
        }

        Assert.Equal(ExitCodes.Failed, await place.RunAsync("health", "--health-port", port));
        Assert.Contains("does not answer", place.Error, StringComparison.Ordinal);
        Assert.EndsWith("run the operator with --health-port, and name the same port here\n", place.Error, StringComparison.Ordinal);
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
