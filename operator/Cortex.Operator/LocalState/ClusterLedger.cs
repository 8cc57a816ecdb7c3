using Cortex.Core.Api;

namespace Cortex.Operator.LocalState;

/// <summary>
/// Every cluster that this control plane ever began to make, also those whose resource is gone and whose volumes were retained: what
/// <c>down</c> may remove. Another control plane on the same machine has a ledger of its own.
/// </summary>
public sealed class ClusterLedger(StateDirectory state)
{
    private readonly Lock gate = new();

    /// <summary>Written before anything of the cluster is made.</summary>
    public void Note(ClusterKey cluster)
    {
        lock (gate)
        {
            var known = Read();
            if (!known.Contains(cluster))
            {
                StateDirectory.Write(state.Ledger, string.Concat(known.Append(cluster).Select(one => $"{one}\n")));
            }
        }
    }

    /// <summary>Empty when there is no ledger.</summary>
    public IReadOnlyList<ClusterKey> Read() => File.Exists(state.Ledger)
        ? [.. File.ReadLines(state.Ledger).Select(line => line.Split('/')).Where(parts => parts.Length == 2).Select(parts => new ClusterKey(parts[0], parts[1]))]
        : [];
}
