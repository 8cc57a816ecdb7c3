using Cortex.ApiServer;
using Cortex.Operator.LocalState;
using Cortex.Operator.Wiring;
using k8s;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Operator.Tests.Wiring;

public sealed class TokenKubeconfigTests : IDisposable
{
    private readonly StateDirectory state = new(Directory.CreateTempSubdirectory("cortex-").FullName);

    [Fact]
    public async Task The_kubeconfig_of_the_embedded_API_is_read_as_the_client_library_reads_it()
    {
        var read = TokenKubeconfig.Read(await WrittenAsync());
        var expected = KubernetesClientConfiguration.BuildConfigFromConfigFile(state.Kubeconfig);

        Assert.NotNull(read);
        Assert.Equal(Facts(expected), Facts(read));
    }

    /// <summary>The client library reads these files, or reports what is wrong.</summary>
    [Theory]
    [InlineData("\"token\":", "\"as\": \"another\", \"token\":")]
    [InlineData("\"token\":", "\"tokenFile\":")]
    [InlineData("\"server\":", "\"proxy-url\": \"http://127.0.0.1:1\", \"server\":")]
    [InlineData("\"certificate-authority-data\":", "\"certificate-authority\":")]
    [InlineData("\"current-context\": \"", "\"current-context\": \"another-")]
    [InlineData("\"cluster\": \"", "\"cluster\": \"another-")]
    [InlineData("\"user\": \"", "\"user\": \"another-")]
    [InlineData("\"users\": [", "\"users\": [{\"name\": \"second\", \"user\": {\"token\": \"t\"}},")]
    [InlineData("\"users\": [", "\"users\": 5, \"others\": [")]
    [InlineData("\"certificate-authority-data\": \"", "\"certificate-authority-data\": \"!")]
    [InlineData("\"current-context\": \"", "\"current-context\": ")]
    [InlineData("https://", "")]
    [InlineData("https://", "http://")]
    [InlineData("https://127.0.0.1", "https://0.0.0.0")]
    [InlineData("{", "# YAML\n{")]
    public async Task Every_other_form_is_left_to_the_client_library(string what, string instead)
    {
        var text = await WrittenAsync();
        var at = text.IndexOf(what, StringComparison.Ordinal);

        Assert.True(at >= 0, text);
        Assert.Null(TokenKubeconfig.Read($"{text[..at]}{instead}{text[(at + what.Length)..]}"));
    }

    public void Dispose() => Directory.Delete(state.Path, recursive: true);

    private static (string, string, string, string, bool, object?) Facts(KubernetesClientConfiguration read) =>
        (read.Host, read.AccessToken, read.Namespace, Assert.Single(read.SslCaCerts).Thumbprint, read.SkipTlsVerify, read.TokenProvider);

    /// <summary>The kubeconfig that the embedded API has written at its start.</summary>
    private async Task<string> WrittenAsync()
    {
        var options = new ApiServerOptions { StateDirectory = state.Path, Definitions = CustomResources.Definitions() };
        await using var server = await ApiServer.ApiServer.StartAsync(
            options, NullLoggerFactory.Instance, TimeProvider.System, TestContext.Current.CancellationToken);
        return await File.ReadAllTextAsync(state.Kubeconfig, TestContext.Current.CancellationToken);
    }
}
