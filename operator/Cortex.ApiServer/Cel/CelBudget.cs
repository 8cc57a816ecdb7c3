namespace Cortex.ApiServer.Cel;

/// <summary>
/// What evaluations may cost, in kube-apiserver's units (k8s.io/apiserver/pkg/apis/cel): about one for each step, and for a text a tenth of
/// its length. It bounds the time: rules come from definitions, but what they look at comes from anybody.
/// </summary>
internal sealed class CelBudget(long units)
{
    /// <summary>Of one rule.</summary>
    public const long PerRule = 1_000_000;

    /// <summary>Of all rules for one object.</summary>
    public const long PerObject = 10_000_000;

    public long Left { get; private set; } = units;

    /// <exception cref="CelCostException">There is not that much left.</exception>
    public void Spend(long cost)
    {
        Left -= cost;
        if (Left < 0)
        {
            throw new CelCostException();
        }
    }

    /// <summary>For looking at a text of that length.</summary>
    public void SpendOnText(int length) => Spend(1 + length / 10);
}
