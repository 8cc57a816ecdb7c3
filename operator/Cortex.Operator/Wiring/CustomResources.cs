using System.Reflection;
using k8s;
using k8s.Models;

namespace Cortex.Operator.Wiring;

/// <summary>The definitions that are embedded in this program: the files of <c>crds/</c>.</summary>
public static class CustomResources
{
    private const string Folder = "crds/";

    public static IReadOnlyList<V1CustomResourceDefinition> Definitions()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
                .Select(name => KubernetesYaml.Deserialize<V1CustomResourceDefinition>(Text(assembly, name))),
        ];
    }

    private static string Text(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
