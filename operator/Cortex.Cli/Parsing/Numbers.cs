using System.CommandLine;
using System.Globalization;

namespace Cortex.Cli.Parsing;

/// <summary>What an option that is a number may be, so that no program behind it has to say so in its own words.</summary>
internal static class Numbers
{
    public const int HighestPort = 65535;

    /// <summary>Takes no number below <paramref name="least"/> or above <paramref name="most"/>.</summary>
    public static Option<T> Within<T>(this Option<T> option, int least, int most = int.MaxValue)
    {
        var range = most == int.MaxValue ? $"of {least} or more" : $"from {least} to {most}";
        option.Validators.Add(result =>
        {
            // What is no number at all, the parser says.
            if (result.Tokens is [var given, ..]
                && int.TryParse(given.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                && (number < least || number > most))
            {
                result.AddError($"{option.Name} needs a whole number {range}, not \"{given.Value}\"");
            }
        });
        return option;
    }
}
