using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Tests.Support;

/// <summary>HTTP to a server, with the certificate and token in its state directory.</summary>
internal sealed class TestClient(string state, Uri address) : IDisposable
{
    private readonly HttpClient http = Http(
        Path.Combine(state, "serving.pem"), address, File.ReadAllText(Path.Combine(state, "token")).Trim());

    /// <param name="certificate">The file with the only trusted certificate.</param>
    public static HttpClient Http(string certificate, Uri address, string? token)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = Trust(certificate) },
        };
        var client = new HttpClient(handler) { BaseAddress = address };
        if (token is not null)
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        }

        return client;
    }

    /// <summary>Trusts exactly the certificate in a file, as the kubeconfig does.</summary>
    public static RemoteCertificateValidationCallback Trust(string certificate)
    {
        using var own = X509CertificateLoader.LoadCertificateFromFile(certificate);
        var trusted = own.RawData;
        return (_, shown, _, _) => shown is not null && shown.GetRawCertData().SequenceEqual(trusted);
    }

    public static async Task<(int Code, JsonObject Body)> SendAsync(
        HttpClient http, HttpMethod method, string path, string? body, string type)
    {
        using var request = new HttpRequestMessage(method, path);
        // A body that is too large is refused before it has been read. A client that still sends it may lose the answer with the
        // connection.
        request.Headers.ExpectContinue = body?.Length > 1 << 20;
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };
        }

        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, JsonNode.Parse(text)!.AsObject());
    }

    public Task<(int Code, JsonObject Body)> GetAsync(string path) => SendAsync(http, HttpMethod.Get, path, null, "");

    public Task<(int Code, JsonObject Body)> PostAsync(string path, string body) =>
        SendAsync(http, HttpMethod.Post, path, body, "application/json");

    public void Dispose() => http.Dispose();
}
