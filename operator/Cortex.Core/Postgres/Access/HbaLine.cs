using System.Text;

namespace Cortex.Core.Postgres;

/// <summary>Splits one line of pg_hba.conf as the server does.</summary>
/// <remarks>https://www.postgresql.org/docs/current/auth-pg-hba-conf.html: fields are separated by blanks, items of a field by commas.
/// Double quotes keep both, and two of them inside quotes are one. # begins a comment outside of quotes.</remarks>
public static class HbaLine
{
    /// <summary>One item of a field. In quotes a keyword is only a name.</summary>
    public sealed record Item(string Text, bool Quoted)
    {
        /// <summary>Whether the server would read items from a file of this name.</summary>
        public bool IsFile => !Quoted && Text.Length > 1 && Text[0] == '@';
    }

    /// <summary>The line's fields, each a list of items; null where a quote is left open.</summary>
    public static Item[][]? Split(string line)
    {
        var fields = new List<Item[]>();
        var field = new List<Item>();
        for (var at = 0; at < line.Length;)
        {
            if (line[at] == '#')
            {
                break;
            }

            if (IsBlank(line[at]) || line[at] == ',')
            {
                at++;
                continue;
            }

            if (ReadItem(line, ref at) is not { } item)
            {
                return null;
            }

            field.Add(item);
            if (at < line.Length && line[at] == ',')
            {
                continue;   // the field goes on, even when blanks follow the comma
            }

            fields.Add([.. field]);
            field.Clear();
        }

        return field is [] ? [.. fields] : [.. fields, [.. field]];
    }

    private static Item? ReadItem(string line, ref int at)
    {
        var text = new StringBuilder();
        var (inQuotes, quotedFirst, wasQuote) = (false, false, false);
        for (; at < line.Length && (inQuotes || !(IsBlank(line[at]) || line[at] is ',' or '#')); at++)
        {
            if (line[at] != '"')
            {
                text.Append(line[at]);
                wasQuote = false;
                continue;
            }

            // A quote that opens right where another closed stands for itself.
            quotedFirst |= text.Length == 0;
            text.Append(wasQuote && !inQuotes ? "\"" : "");
            wasQuote = inQuotes;
            inQuotes = !inQuotes;
        }

        return inQuotes ? null : new Item(text.ToString(), quotedFirst);
    }

    private static bool IsBlank(char c) => c is ' ' or '\t';
}
