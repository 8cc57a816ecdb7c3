using System.Security.Cryptography;
using Cortex.Runtime;
using k8s;
using k8s.Exceptions;
using YamlDotNet.Core;

namespace Cortex.Operator.Wiring;

/// <summary>Creates clients of a Kubernetes API, with the operator's User-Agent.</summary>
public static class ApiClient
{
    private const string Product = "cortex";

    public static string Version { get; } = typeof(ApiClient).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <exception cref="KubeconfigException">The file is not a kubeconfig.</exception>
    public static KubernetesClientConfiguration Read(string kubeconfig)
    {
        if (File.Exists(kubeconfig) && new FileInfo(kubeconfig).Length == 0)
        {
            throw new KubeconfigException(kubeconfig, "it is empty");
        }

        try
        {
            return (File.Exists(kubeconfig) ? TokenKubeconfig.Read(File.ReadAllText(kubeconfig)) : null)
                ?? KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig);
        }
        catch (Exception e) when (e is KubeConfigException or YamlException or FormatException or CryptographicException)
        {
            throw new KubeconfigException(kubeconfig, e.Message, e);
        }
        catch (NullReferenceException e)
        {
            // The client library throws this for a file without content, or for an entry without its cluster or user.
            throw new KubeconfigException(kubeconfig, "it is empty, or a part of it is missing", e);
        }
    }

    public static Kubernetes Connect(KubernetesClientConfiguration configuration, params DelegatingHandler[] more) =>
        new(configuration, [new UserAgent(Product, Version), .. more]);
}

/// <summary>A file is not a usable kubeconfig.</summary>
public sealed class KubeconfigException(
    string file, string why, Exception? cause = null) : Exception($"{file} is not a kubeconfig: {why}", cause);
