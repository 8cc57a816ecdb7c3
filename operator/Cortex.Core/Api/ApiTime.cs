namespace Cortex.Core.Api;

/// <summary>Times as the API stores them.</summary>
public static class ApiTime
{
    /// <summary>Without fractions of a second, which the API does not store.</summary>
    public static DateTimeOffset ToSecond(DateTimeOffset moment) => DateTimeOffset.FromUnixTimeSeconds(moment.ToUnixTimeSeconds());
}
