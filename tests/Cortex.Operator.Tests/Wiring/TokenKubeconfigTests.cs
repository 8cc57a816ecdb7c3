using Cortex.Operator.Wiring;
using k8s;

namespace Cortex.Operator.Tests.Wiring;

public sealed class TokenKubeconfigTests
{
    [Fact]
    public async Task The_kubeconfig_of_the_embedded_API_is_read_as_the_client_library_reads_it()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        var expected = KubernetesClientConfiguration.BuildConfigFromConfigFile(cortex.Context.State.Kubeconfig);
        var read = TokenKubeconfig.Read(await TextAsync(cortex));

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
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        var text = await TextAsync(cortex);
        var at = text.IndexOf(what, StringComparison.Ordinal);

        Assert.True(at >= 0, text);
        Assert.Null(TokenKubeconfig.Read($"{text[..at]}{instead}{text[(at + what.Length)..]}"));
    }

    private static (string, string, string, string, bool, object?) Facts(KubernetesClientConfiguration read) =>
        (read.Host, read.AccessToken, read.Namespace, Assert.Single(read.SslCaCerts).Thumbprint, read.SkipTlsVerify, read.TokenProvider);

    private static Task<string> TextAsync(CommandRunner cortex) =>
        File.ReadAllTextAsync(cortex.Context.State.Kubeconfig, TestContext.Current.CancellationToken);
}
