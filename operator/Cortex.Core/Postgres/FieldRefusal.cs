namespace Cortex.Core.Postgres;

/// <summary>Something the user asked for that cannot be granted: the field's path in the resource, and a sentence why.</summary>
public sealed record FieldRefusal(string Path, string Reason)
{
    public override string ToString() => $"{Path}: {Reason}";
}
