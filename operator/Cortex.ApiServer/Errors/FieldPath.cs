namespace Cortex.ApiServer.Errors;

/// <summary>
/// The path of a field, as kube-apiserver writes it. Long names are shortened: the path of each member repeats the names above it, and
/// 100,000 members below a name of 1 MB would exceed the memory of the machine.
/// </summary>
internal static class FieldPath
{
    private const int MaxNameLength = 256;

    public static string Member(string path, string name) => path.Length == 0 ? Short(name) : $"{path}.{Short(name)}";

    public static string Key(string path, string name) => $"{path}[{Short(name)}]";

    private static string Short(string name) => FieldError.Shorten(name, MaxNameLength);
}
