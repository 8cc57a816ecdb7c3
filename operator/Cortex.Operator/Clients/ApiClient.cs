using System.Security.Cryptography;
using Cortex.Operator.Commands;
using Cortex.Runtime;
using k8s;
using k8s.Exceptions;
using YamlDotNet.Core;

namespace Cortex.Operator.Clients;

/// <summary>Clients of a Kubernetes API, which say in each request that they are ours.</summary>
public static class ApiClient
{
    private const string Product = "cortex";

    private const string Another = "name another with --kubeconfig, or leave it away for the embedded API";

    public static string Version { get; } = typeof(ApiClient).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <exception cref="CommandException">The file is no kubeconfig.</exception>
    public static KubernetesClientConfiguration Read(string kubeconfig)
    {
        if (File.Exists(kubeconfig) && new FileInfo(kubeconfig).Length == 0)
        {
            throw new CommandException($"{kubeconfig} is no kubeconfig: it is empty", Another);
        }

        try
        {
            return KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig);
        }
        catch (Exception e) when (e is KubeConfigException or YamlException or FormatException or CryptographicException)
        {
            throw new CommandException($"{kubeconfig} is no kubeconfig: {e.Message}", Another, e);
        }
        catch (NullReferenceException e)
        {
            // What the client library makes of a file without content, or of an entry without its cluster or user.
            throw new CommandException($"{kubeconfig} is no kubeconfig: it is empty, or a part of it is missing", Another, e);
        }
    }

    public static Kubernetes Connect(KubernetesClientConfiguration configuration, params DelegatingHandler[] more) =>
        new(configuration, [new UserAgent(Product, Version), .. more]);
}
