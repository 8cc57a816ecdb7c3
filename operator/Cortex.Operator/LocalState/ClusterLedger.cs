using Cortex.Core.Api;

namespace Cortex.Operator.LocalState;

/// <summary>
/// Every cluster that this control plane has begun to create, including clusters whose resource is deleted and whose volumes were kept:
/// <c>down</c> may remove these clusters. Another control plane on the same machine has its own ledger.
/// </summary>
public sealed class ClusterLedger(StateDirectory state)
{
    private readonly Lock gate = new();

    /// <summary>Called before any object of the cluster is created.</summary>
    public void Add(ClusterKey cluster)
    {
        lock (gate)
        {
            var known = Read();
            if (!known.Contains(cluster))
            {
                StateDirectory.Write(state.Ledger, string.Concat(known.Append(cluster).Select(key => $"{key}\n")));
            }
        }
    }

    /// <summary>The clusters of the ledger; empty if there is no ledger.</summary>
    public IReadOnlyList<ClusterKey> Read() => File.Exists(state.Ledger)
        ? [
            .. File.ReadLines(state.Ledger).Select(line => line.Split('/'))
                .Where(parts => parts.Length == 2)
                .Select(parts => new ClusterKey(parts[0], parts[1])),
        ]
        : [];
}
