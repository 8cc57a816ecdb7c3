using System.CommandLine;
using System.Globalization;

namespace Cortex.Cli.Parsing;

/// <summary>The ranges of options that are numbers. A refusal here is clearer than that of the program that gets the number.</summary>
internal static class Numbers
{
    public const int HighestPort = 65535;

    /// <summary>Refuses a number below <paramref name="least"/> or above <paramref name="most"/>.</summary>
    public static Option<T> Within<T>(this Option<T> option, int least, int most = int.MaxValue)
    {
        var range = most == int.MaxValue ? $"of {least} or more" : $"from {least} to {most}";
        option.Validators.Add(result =>
        {
            // The parser itself refuses a value that is not a number.
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
