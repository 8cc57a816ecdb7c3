using System.Text;
using Cortex.Core.Postgres;
using Cortex.Core.Tests.Postgres;

namespace Cortex.Core.Tests.Fuzzing;

/// <summary>The user's lines in pg_hba.conf and postgresql.conf: a line that is accepted stays the same single line.</summary>
[Trait("Kind", "fuzz")]
public sealed class ConfigurationFuzz
{
    private static readonly string[] Words =
    [
        "hostssl", "host", "local", "hostnossl", "hostgssenc", "include", "include_dir", "include_if_exists", "all", "\"all\"",
        "replication", "samerole", "+admins", "@file", "/^a.*$", "app", "samenet", "samehost",
        "10.0.0.0/8", "::1/128", "fe80::1%eth0/64", "10.0.0.1", "255.0.0.0", ".example.org", "scram-sha-256", "cert", "reject", "trust",
        "md5", "peer", "clientcert=verify-full", "map=a", "#", ",", "\\", "\"", "\"a b\"",
    ];

    private static readonly string[] Names =
        [
            "work_mem", "WORK_MEM", "ssl", "fsync", "shared_preload_libraries", "max_wal_senders", "wal_level", "cortex.revision",
            "recovery_target_time", "include", "a.b", "search_path", "log_line_prefix", "synchronous_commit",
        ];

        private static readonly string[] Values = ["on", "off", "3", "replica", "it's", "a\\", "\\'", "'; x = 'y", "/a", "a # b"];

    [Fact]
    public Task A_line_of_pg_hba_that_is_granted_is_one_line_and_opens_no_door() => Fuzz.RunAsync("pg_hba", fuzzCase =>
    {
        string[] lines = [.. fuzzCase.Some(3, () => Line(fuzzCase))];
        fuzzCase.Input = string.Join(" | ", lines.Select(Show));
        var granted = lines.Where(line => HbaRules.Validate([line]) is []).ToArray();

        var file = HbaRules.Render(granted).Split('\n');

        Assert.Equal(HbaRules.Render([]).Split('\n').Length + granted.Length, file.Length);
        var users = file.SkipWhile(line => line != $"# {HbaRules.FieldPath}").Skip(1).Take(granted.Length).ToArray();
        foreach (var (line, given) in users.Zip(granted))
        {
            Assert.False(line.Any(c => char.IsControl(c) && c is not '\t') || line.EndsWith('\\'), Show(line));
            Assert.Equal(Split(given), Split(line));
            DemandProof(line);
        }

        Assert.StartsWith("hostnossl all all all reject", file[0], StringComparison.Ordinal);
    });

    [Fact]
    public Task A_setting_that_is_granted_is_read_back_as_it_was_written() => Fuzz.RunAsync("settings", fuzzCase =>
    {
        var user = fuzzCase.Some(4, () => (Name: fuzzCase.Chance(80) ? fuzzCase.Pick(Names) : fuzzCase.Text(8), Value: Value(fuzzCase)))
            .DistinctBy(row => row.Name).ToDictionary(row => row.Name, row => row.Value);
        fuzzCase.Input = string.Join(" | ", user.Select(row => Show($"{row.Key} = {row.Value}")));
        var refused = ParameterRules.Validate(user).Select(refusal => refusal.Path).ToHashSet();
        var granted = user.Where(row => !refused.Contains($"{ParameterRules.FieldPath}.{row.Key}")).ToDictionary();

        var merged = SettingsFile.Merge(Samples.Input(major: 18), granted);
        var rows = SettingsFile.Render(merged, "r").Split('\n').Where(line => line.Length > 0 && line[0] != '#')
            .Select(ReadRow).ToDictionary(row => row.Name, row => row.Value);

        Assert.Equal(
            merged.Select(row => row.Name).Append(SettingsFile.RevisionName).Order(StringComparer.Ordinal),
            rows.Keys.Order(StringComparer.Ordinal));
        Assert.All(granted, row => Assert.Equal(row.Value, rows[row.Key.ToLowerInvariant()]));
        Assert.All(ServerSettings.Mandatory(Samples.Input(major: 18)), row => Assert.Equal(row.Value, rows[row.Name]));
    });

    private static string Line(FuzzCase fuzzCase) => fuzzCase.Below(4) switch
    {
        0 => fuzzCase.Text(30),
        1 => string.Join(fuzzCase.Pick([" ", "\t", ","]), fuzzCase.Some(8, () => fuzzCase.Pick(Words))),
        2 => $"hostssl {fuzzCase.Pick(Words)} {fuzzCase.Pick(Words)} {fuzzCase.Pick(Words)} {fuzzCase.Pick(Words)}{fuzzCase.Text(4)}",
        _ => $"hostssl all{fuzzCase.Text(3)} {fuzzCase.Pick(Words)} samenet {Method(fuzzCase)} {fuzzCase.Text(6)}",
    };

    private static string Method(FuzzCase fuzzCase) => fuzzCase.Pick(["cert", "scram-sha-256", "reject", fuzzCase.Text(5)]);

    private static string Value(FuzzCase fuzzCase) => fuzzCase.Below(3) switch
    {
        0 => fuzzCase.Text(20),
        1 => fuzzCase.Pick(Values),
        _ => fuzzCase.Text(3) + fuzzCase.Pick(["'", "\\", "''"]),
    };

    /// <summary>By another way than the code under test: the first unquoted word and the method.</summary>
    private static void DemandProof(string line)
    {
        var fields = HbaLine.Split(line)!;
        if (fields is [])
        {
            return;
        }

        Assert.True(fields[0] is [{ Text: "hostssl" }] || fields.Any(field => field is [{ Text: "reject" }]), line);
        Assert.DoesNotContain(fields.SelectMany(field => field), item => item.IsFile);
        Assert.Contains(fields, field => field is [{ Text: "scram-sha-256" or "cert" or "reject" }]);
    }

    private static string Split(string line) => string.Join(
        " | ", HbaLine.Split(line)!.Select(field => string.Join(", ", field.Select(item => $"{item.Quoted} {item.Text}"))));

    /// <summary>As the server's scanner reads it: https://www.postgresql.org/docs/current/config-setting.html</summary>
    private static (string Name, string Value) ReadRow(string line)
    {
        var name = line[..line.IndexOf(' ', StringComparison.Ordinal)];
        var at = name.Length;
        Assert.Equal(" = '", line.Substring(at, 4));
        var value = new StringBuilder();
        for (at += 4; ; at++)
        {
            if (line[at] == '\\' || (line[at] == '\'' && at + 1 < line.Length && line[at + 1] == '\''))
            {
                // Doubled: any other escape would be one that the server reads as something else.
                Assert.Equal(line[at], line[at + 1]);
                value.Append(line[at++]);
            }
            else if (line[at] == '\'')
            {
                break;
            }
            else
            {
                value.Append(line[at]);
            }
        }

        Assert.Matches(@"\A( *#.*)?\z", line[(at + 1)..]);
        return (name, value.ToString());
    }

    private static string Show(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}
