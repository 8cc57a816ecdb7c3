using System.Runtime.CompilerServices;

namespace Cortex.Core.Tests.Builders;

/// <summary>The files of this repository, found from where this source file lies.</summary>
internal static class Repository
{
    private static readonly string Root = Above(Here());

    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    public static string Relative(string file) => System.IO.Path.GetRelativePath(Root, file);

    /// <summary>Sources only: what a build leaves behind is skipped.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) => Directory.Exists(Path(folder))
        ? Directory.EnumerateFiles(Path(folder), pattern, SearchOption.AllDirectories)
            .Where(file => !Relative(file).Split('/').Any(part => part is "bin" or "obj" or ".build" or "node_modules"))
        : [];

    public static bool HasProgram(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(System.IO.Path.Combine(folder, name)));

    private static string Here([CallerFilePath] string file = "") => file;

    private static string Above(string file)
    {
        // A deterministic build maps the path; the folder that the test runs in is as good then.
        var start = File.Exists(file) ? file : AppContext.BaseDirectory;
        var folder = new DirectoryInfo(System.IO.Path.GetDirectoryName(start)!);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Cortex.Operator.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("run the tests from within the repository");
    }
}
