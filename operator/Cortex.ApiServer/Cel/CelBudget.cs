namespace Cortex.ApiServer.Cel;

/// <summary>
/// The cost that evaluations may have, in kube-apiserver's units (k8s.io/apiserver/pkg/apis/cel): about one unit for each step, and a tenth
/// of a unit for each character of a text. It bounds the time: rules come from definitions, but the objects that they read come from any
/// client.
/// </summary>
internal sealed class CelBudget(long units)
{
    /// <summary>The limit for one rule.</summary>
    public const long PerRule = 1_000_000;

    /// <summary>The limit for all rules of one object.</summary>
    public const long PerObject = 10_000_000;

    public long Left { get; private set; } = units;

    /// <exception cref="CelCostException">The budget is exceeded.</exception>
    public void Spend(long cost)
    {
        Left -= cost;
        if (Left < 0)
        {
            throw new CelCostException();
        }
    }

    /// <summary>The cost of reading a text of that length.</summary>
    public void SpendOnText(int length) => Spend(1 + length / 10);
}
