namespace Cortex.Core.Postgres;

/// <summary>One row of postgresql.conf and the reason it is there. <paramref name="Value"/> is plain text; only <see cref="SettingsFile"/> quotes it.</summary>
public sealed record Setting(string Name, string Value, string Why);
