using Cortex.Core.Tests.Builders;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Cortex.Core.Tests;

/// <summary>
/// Which source file of the operator and of its tests refers to a type or member of which other, as the compiler understands them.
/// </summary>
internal static class SourceReferences
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
        + "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    private const string TestUsings =
        ImplicitUsings + "global using Xunit; global using Cortex.Testing; global using Cortex.Testing.Clusters;";

    private static readonly Lazy<IReadOnlyList<SourceFile>> Files = new(Read);

    /// <summary>By file of the operator, relative to the root: the files that it refers to.</summary>
    public static IReadOnlyDictionary<string, HashSet<string>> OfOperator() =>
        Files.Value.Where(file => file.Path.StartsWith("operator/", StringComparison.Ordinal))
            .ToDictionary(file => file.Path, file => file.Uses);

    /// <summary>The same for all files. Those that share a partial type count as one, under the shortest of their names.</summary>
    public static IReadOnlyDictionary<string, HashSet<string>> OfTypes()
    {
        var parts = Files.Value.ToDictionary(file => file.Path, file => file.Shares);
        var names = parts.Keys.ToDictionary(
            file => file,
            file => Reachable(parts, file).Append(file).OrderBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal).First());
        return Files.Value.GroupBy(file => names[file.Path]).ToDictionary(
            whole => whole.Key,
            whole => whole.SelectMany(file => file.Uses).Select(used => names[used]).Where(used => used != whole.Key)
                .ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>The circles: files that refer to each other, directly or by others.</summary>
    public static IEnumerable<IReadOnlyList<string>> Circles(IReadOnlyDictionary<string, HashSet<string>> references)
    {
        var reachable = references.Keys.ToDictionary(file => file, file => Reachable(references, file));
        List<string> CircleOf(string file) =>
            [.. reachable[file].Where(other => reachable[other].Contains(file)).Order(StringComparer.Ordinal)];
        return references.Keys.Where(file => reachable[file].Contains(file)).Select(CircleOf)
            .DistinctBy(circle => string.Join(' ', circle));
    }

    private static HashSet<string> Reachable(IReadOnlyDictionary<string, HashSet<string>> references, string from)
    {
        HashSet<string> reached = [];
        Queue<string> next = new(references[from]);
        while (next.TryDequeue(out var file))
        {
            if (reached.Add(file))
            {
                foreach (var further in references[file])
                {
                    next.Enqueue(further);
                }
            }
        }

        return reached;
    }

    private static List<SourceFile> Read()
    {
        List<MetadataReference> platform =
            [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
                .Where(file => !Path.GetFileName(file).StartsWith("Cortex.", StringComparison.Ordinal))
                .Select(file => MetadataReference.CreateFromFile(file))];
        var product = Compile(
            "operator", ImplicitUsings + "[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"tests\")]", platform);
        var tests = Compile("tests", TestUsings, [.. platform, product.ToMetadataReference()]);
        return [.. new[] { product, tests }.SelectMany(
            part => part.SyntaxTrees.Where(tree => tree.FilePath.Length > 0).AsParallel().Select(tree => Read(part, tree)))];
    }

    /// <summary>
    /// What generators add and what only some projects refer to is missing. That leaves a few symbols unknown, none of them the project's
    /// own.
    /// </summary>
    private static CSharpCompilation Compile(string folder, string usings, IEnumerable<MetadataReference> references) =>
        CSharpCompilation.Create(
            folder,
            Repository.Files(folder, "*.cs")
                .Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), path: Repository.Relative(file)))
                .Append(CSharpSyntaxTree.ParseText(usings)),
            references);

    private static SourceFile Read(CSharpCompilation compilation, SyntaxTree tree)
    {
        var model = compilation.GetSemanticModel(tree);
        var nodes = tree.GetRoot().DescendantNodes().ToList();
        var used = nodes.OfType<SimpleNameSyntax>().Select(name => model.GetSymbolInfo(name).Symbol)
            .OfType<ISymbol>().Where(symbol => symbol is not INamespaceSymbol)
            .Select(symbol => symbol as INamedTypeSymbol ?? symbol.ContainingType).OfType<INamedTypeSymbol>();
        var declared = nodes.OfType<TypeDeclarationSyntax>().Select(type => model.GetDeclaredSymbol(type)).OfType<INamedTypeSymbol>();
        return new SourceFile(tree.FilePath, OtherFiles(used), OtherFiles(declared));

        // The class of top-level statements has a part in each program.
        HashSet<string> OtherFiles(IEnumerable<INamedTypeSymbol> types) => types.Where(type => !type.IsImplicitlyDeclared)
            .SelectMany(type => type.DeclaringSyntaxReferences).Where(part => part.SyntaxTree.FilePath.Length > 0)
            .Where(part => part.SyntaxTree != tree && part.GetSyntax() is not CompilationUnitSyntax)
            .Select(part => part.SyntaxTree.FilePath).ToHashSet(StringComparer.Ordinal);
    }

    /// <param name="Uses">The other files that it refers to.</param>
    /// <param name="Shares">The other files that declare a part of one of its types.</param>
    private sealed record SourceFile(string Path, HashSet<string> Uses, HashSet<string> Shares);
}
