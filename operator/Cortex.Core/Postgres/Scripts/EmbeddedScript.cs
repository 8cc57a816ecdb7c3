using System.Reflection;

namespace Cortex.Core.Postgres;

/// <summary>The shell programs in <c>Scripts</c>.</summary>
internal static class EmbeddedScript
{
    public static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{name}.sh")
            ?? throw new InvalidOperationException($"{name}.sh is not embedded in this assembly");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
