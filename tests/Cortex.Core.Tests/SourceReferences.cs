using Cortex.Core.Tests.Builders;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Cortex.Core.Tests;

/// <summary>Which source file of the operator refers to a type or member of which other, as the compiler understands them.</summary>
internal static class SourceReferences
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
        + "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly Lazy<IReadOnlyDictionary<string, HashSet<string>>> Operator = new(ReadOperator);

    /// <summary>By file, relative to the root: the files that it refers to.</summary>
    public static IReadOnlyDictionary<string, HashSet<string>> OfOperator() => Operator.Value;

    private static Dictionary<string, HashSet<string>> ReadOperator()
    {
        var trees = Repository.Files("operator", "*.cs")
            .Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), path: Repository.Relative(file))).ToList();
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
            .Where(file => !Path.GetFileName(file).StartsWith("Cortex.", StringComparison.Ordinal))
            .Select(file => MetadataReference.CreateFromFile(file));
        // What generators add and what only some projects refer to is missing. That leaves a few symbols unknown, none of them the
        // operator's own.
        var compilation = CSharpCompilation.Create("operator", [.. trees, CSharpSyntaxTree.ParseText(ImplicitUsings)], platform);
        return trees.AsParallel().ToDictionary(tree => tree.FilePath, tree => References(compilation, tree));
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

    private static HashSet<string> References(CSharpCompilation compilation, SyntaxTree tree)
    {
        var model = compilation.GetSemanticModel(tree);
        return tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>().Select(name => model.GetSymbolInfo(name).Symbol)
            .OfType<ISymbol>().Where(symbol => symbol is not INamespaceSymbol)
            .Select(symbol => symbol as INamedTypeSymbol ?? symbol.ContainingType).OfType<INamedTypeSymbol>()
            // A part of a class refers to all of its parts: they are one.
            .Where(type => type.DeclaringSyntaxReferences.Length == 1)
            .Select(type => type.DeclaringSyntaxReferences[0].SyntaxTree.FilePath)
            .Where(file => file.Length > 0 && file != tree.FilePath).ToHashSet(StringComparer.Ordinal);
    }
}
