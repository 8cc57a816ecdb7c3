using System.Text.Json;
using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Core.Restoring;
using Cortex.Core.Tests.Builders;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>
/// For a resource of any size and with any numbers: what is reported about it is a message of limited length that names the field.
/// </summary>
public sealed class SpecLimitsTests
{
    private static readonly JsonElement Spec = Yaml.Element(File.ReadAllText(Repository.Path("crds/cortexclusters.yaml")))
        .GetProperty("spec").GetProperty("versions")[0].GetProperty("schema").GetProperty("openAPIV3Schema")
        .GetProperty("properties").GetProperty("spec");

    public static TheoryData<string> NoQuantities =>
    [
        "99999999999999999999999999999999", "999999999999999Ti", "9223372036854775808", "\u0661Gi", "1\u0660m", "1Gi\n", "1e9", "-1",
        "1.", ".5", "0x10", "", "1 Gi", "1gi", "NaN",
    ];

    [Theory]
    [MemberData(nameof(NoQuantities))]
    public void A_text_that_is_not_a_quantity_is_refused_with_its_field(string text)
    {
        var limits = new ClusterSpec { Resources = new() { Limits = new Dictionary<string, string> { ["memory"] = text } } };
        var requests = new ClusterSpec { Resources = new() { Requests = new Dictionary<string, string> { ["cpu"] = text } } };
        var storage = new ClusterSpec { Storage = new() { Size = text } };

        Assert.Equal("spec.resources.limits.memory", Assert.Single(Validity.Of(Cluster(limits))).Path);
        Assert.Equal("spec.resources.requests.cpu", Assert.Single(Validity.Of(Cluster(requests))).Path);
        Assert.Equal("spec.storage.size", Assert.Single(Validity.Of(Cluster(storage))).Path);
        Assert.Empty(Plan(Cluster(limits, Led()), Sound()).Steps);
        // An edit is compared with what was stored, and what was stored may be anything.
        Assert.Equal("spec.storage.size", Assert.Single(Admission.Judge(Cluster(), Cluster(storage)).Refused).Path);
        Assert.Empty(Admission.Judge(Cluster(storage), Cluster()).Refused);
    }

    [Theory]
    [InlineData("500m", "0.5")]
    [InlineData("1.5Gi", "1610612736")]
    [InlineData("8388607Ti", "9223370937343148032")]
    [InlineData("999999999999999", "999999999999999")]
    public void A_quantity_has_its_number(string text, string number) =>
        Assert.Equal(decimal.Parse(number, System.Globalization.CultureInfo.InvariantCulture), Quantity.Parse(text));

    /// <summary>What is just enough, and what is just too little, in every unit that a resource may have.</summary>
    public static TheoryData<string, string, string, string> Bounds => new()
    {
        { "limits", "memory", "10Mi", "9Mi" },
        { "requests", "memory", "010Mi", "9.9Mi" },
        { "limits", "memory", "10485760", "9999999" },
        { "limits", "memory", "10240Ki", "9999Ki" },
        { "limits", "memory", "10486k", "9999.9k" },
        { "limits", "memory", "11M", "9M" },
        { "limits", "memory", "0.0625Gi", "0Gi" },
        { "limits", "memory", "0.5T", "0.0T" },
        { "limits", "memory", "1Ti", "4k" },
        { "requests", "memory", "24Mi", "1m" },
        { "limits", "memory", "1.5G", "0" },
        { "limits", "memory", "512Mi", "0.0000001" },
        { "limits", "memory", "512Mi", "999999999999999m" },
        { "limits", "cpu", "10m", "9m" },
        { "limits", "cpu", "10.5m", "9.9m" },
        { "limits", "cpu", "0.01", "0.009" },
        { "limits", "cpu", "00.1", "0.0000001" },
        { "limits", "cpu", "1.5", "0" },
        { "limits", "cpu", "1k", "0k" },
        { "requests", "cpu", "1m", "0.9m" },
        { "requests", "cpu", "0.001", "0.0009" },
        { "requests", "cpu", "2", "0.0" },
        { "requests", "cpu", "9m", "0m" },
    };

    [Theory]
    [MemberData(nameof(Bounds))]
    public void Too_little_for_a_server_is_refused_with_its_field_its_value_and_the_least_value(
        string part, string name, string enough, string tooLittle)
    {
        var least = name == "memory" ? SpecLimits.LeastMemory : part == "limits" ? SpecLimits.LeastCpuLimit : SpecLimits.LeastCpuRequest;
        var refusal = Assert.Single(Validity.Of(Cluster(With(part, name, tooLittle))));

        Assert.Empty(Validity.Of(Cluster(With(part, name, enough))));
        Assert.Equal($"spec.resources.{part}.{name}", refusal.Path);
        Assert.StartsWith($"spec.resources.{part}.{name}: \"{tooLittle}\" ", refusal.ToString(), StringComparison.Ordinal);
        Assert.Contains($"must be at least {least}", refusal.ToString(), StringComparison.Ordinal);
        // No standby is stopped for it.
        Assert.Empty(Plan(Cluster(With(part, name, tooLittle), Led()), Sound()).Steps);
    }

    [Theory]
    [MemberData(nameof(Bounds))]
    public void The_definition_has_the_same_lower_bounds(string part, string name, string enough, string tooLittle)
    {
        var least = name == "memory" ? SpecLimits.LeastMemory : part == "limits" ? SpecLimits.LeastCpuLimit : SpecLimits.LeastCpuRequest;
        var rule = Rules(part).Single(element =>
            element.GetProperty("rule").GetString()!.StartsWith($"!('{name}' in self) || ", StringComparison.Ordinal));
        var pattern = rule.GetProperty("rule").GetString()!.Split("matches('")[1].Split("')")[0];

        Assert.Equal($"{name}: must be at least {least}: no server starts with less", rule.GetProperty("message").GetString());
        Assert.Matches(pattern, enough);
        Assert.DoesNotMatch(pattern, tooLittle);
    }

    [Theory, InlineData("0"), InlineData("0.0Gi"), InlineData("00Ti")]
    public void A_volume_of_no_size_is_refused(string size)
    {
        var refusal = Assert.Single(Validity.Of(Cluster(new() { Storage = new() { Size = size } })));

        Assert.Equal($"spec.storage.size: \"{size}\" must be more than 0, such as 10Gi", refusal.ToString());
    }

    /// <summary>Of every list, map and text, so that no resource that the schema accepts is a burden.</summary>
    [Fact]
    public void The_schema_limits_all_that_a_user_can_write() => Assert.Empty(Unlimited("spec", Spec));

    [Theory]
    [InlineData("image", "maxLength", SpecLimits.LongestImage)]
    [InlineData("promote", "maxLength", SpecLimits.LongestName)]
    [InlineData("postgres.parameters", "maxProperties", SpecLimits.MostParameters)]
    [InlineData("postgres.parameters.*", "maxLength", SpecLimits.LongestParameter)]
    [InlineData("postgres.hba", "maxItems", SpecLimits.MostHbaLines)]
    [InlineData("postgres.hba.*", "maxLength", SpecLimits.LongestHbaLine)]
    [InlineData("tls.caLifetime", "maxLength", SpecLimits.LongestDuration)]
    [InlineData("tls.certificateLifetime", "maxLength", SpecLimits.LongestDuration)]
    [InlineData("tls.renewBefore", "maxLength", SpecLimits.LongestDuration)]
    [InlineData("database.name", "maxLength", SpecLimits.LongestName)]
    [InlineData("database.owner", "maxLength", SpecLimits.LongestName)]
    [InlineData("podman.bindAddress", "maxLength", SpecLimits.LongestAddress)]
    [InlineData("storage.size", "maxLength", Quantity.Longest)]
    [InlineData("storage.className", "maxLength", SpecLimits.LongestClassName)]
    [InlineData("backup.repository.directory.size", "maxLength", Quantity.Longest)]
    [InlineData("backup.repository.directory.className", "maxLength", SpecLimits.LongestClassName)]
    [InlineData("backup.repository.directory.volume", "maxLength", SpecLimits.LongestVolumeName)]
    [InlineData("backup.retention.full", "maximum", BackupRules.MostFull)]
    [InlineData("backup.schedule.full", "maxLength", CronLine.Longest)]
    [InlineData("backup.schedule.differential", "maxLength", CronLine.Longest)]
    [InlineData("backup.schedule.incremental", "maxLength", CronLine.Longest)]
    [InlineData("backup.schedule.timeZone", "maxLength", ScheduleRules.LongestZone)]
    [InlineData("backup.verify.schedule", "maxLength", CronLine.Longest)]
    [InlineData("backup.verify.timeZone", "maxLength", ScheduleRules.LongestZone)]
    [InlineData("bootstrap.fromBackup.cluster", "maxLength", Core.Naming.Names.LongestCluster)]
    [InlineData("bootstrap.fromBackup.repository.directory.volume", "maxLength", SpecLimits.LongestVolumeName)]
    [InlineData("bootstrap.fromBackup.folder", "maxLength", RestoreRules.LongestFolder)]
    [InlineData("bootstrap.fromBackup.target.time", "maxLength", RestoreRules.LongestTime)]
    [InlineData("bootstrap.fromBackup.target.lsn", "maxLength", RestoreRules.LongestLsn)]
    [InlineData("bootstrap.fromBackup.target.restorePoint", "maxLength", RestoreRules.LongestRestorePoint)]
    [InlineData("bootstrap.fromBackup.target.backup", "maxLength", RestoreRules.LongestLabel)]
    [InlineData("kubernetes.allowFrom", "maxItems", SpecLimits.MostSources)]
    [InlineData("kubernetes.allowFrom.*.namespace", "maxLength", SpecLimits.LongestName)]
    [InlineData("kubernetes.allowFrom.*.podLabels", "maxProperties", SpecLimits.MostLabels)]
    [InlineData("kubernetes.allowFrom.*.podLabels.*", "maxLength", SpecLimits.LongestName)]
    [InlineData("kubernetes.allowFrom.*.cidr", "maxLength", SpecLimits.LongestAddress)]
    [InlineData("kubernetes.lostInstances", "maxItems", SpecLimits.MostLost)]
    [InlineData("kubernetes.lostInstances.*", "maxLength", SpecLimits.LongestName)]
    [InlineData("resources.requests", "maxProperties", SpecLimits.MostQuantities)]
    [InlineData("resources.requests.*", "maxLength", Quantity.Longest)]
    [InlineData("resources.limits", "maxProperties", SpecLimits.MostQuantities)]
    [InlineData("resources.limits.*", "maxLength", Quantity.Longest)]
    public void The_schema_has_the_same_limits(string path, string keyword, int limit)
    {
        var at = path.Split('.').Aggregate(
            Spec, (schema, name) => name == "*" ? Inner(schema) : schema.GetProperty("properties").GetProperty(name));

        Assert.Equal(limit, at.GetProperty(keyword).GetInt32());
    }

    public static TheoryData<string, ClusterSpec> TooLarge => new()
    {
        { "spec.image", new() { Image = new string('a', 513) } },
        { "spec.postgres.hba", new() { Postgres = new() { Hba = [.. Enumerable.Repeat("#", 1001)] } } },
        { "spec.postgres.hba[1]", new() { Postgres = new() { Hba = ["#", new string('#', 2001)] } } },
        { "spec.postgres.hba", new() { Postgres = new() { Hba = [.. Enumerable.Repeat(new string('#', 2000), 60)] } } },
        { "spec.postgres.parameters", With(Enumerable.Range(0, 401).ToDictionary(number => $"a.b{number}", _ => "")) },
        { "spec.postgres.parameters.a.b", With(new Dictionary<string, string> { ["a.b"] = new('c', 4097) }) },
        { "spec.postgres.parameters", With(Enumerable.Range(0, 30).ToDictionary(number => $"a.b{number}", _ => new string('c', 4000))) },
        { "spec.kubernetes.allowFrom", With([.. Enumerable.Repeat(new ClientSource { Cidr = "10.0.0.0/8" }, 101)]) },
        {
            "spec.kubernetes.allowFrom[0].podLabels",
            With([new ClientSource { PodLabels = Enumerable.Range(0, 33).ToDictionary(number => $"a{number}", _ => "b") }])
        },
    };

    [Theory]
    [MemberData(nameof(TooLarge))]
    public void A_part_that_is_too_large_is_reported_once_and_not_checked_further(string path, ClusterSpec spec) =>
        Assert.Equal(path, Assert.Single(Validity.Of(Cluster(spec))).Path);

    [Fact]
    public void Of_very_many_problems_the_first_are_said_and_the_others_counted()
    {
        var spec = new ClusterSpec { Postgres = new() { Hba = [.. Enumerable.Range(0, 1000).Select(number => $"host {number}")] } };
        Assert.Equal(1000, Validity.Of(Cluster(spec)).Count);

        var plan = Plan(Cluster(spec, Led()), Sound());

        Assert.StartsWith("spec.postgres.hba[0]: ", plan.Refusal?.Message, StringComparison.Ordinal);
        Assert.EndsWith("; and 990 more", plan.Refusal?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_problem_makes_a_status_too_large_to_be_stored()
    {
        var spec = new ClusterSpec
        {
            Image = new string('\u0001', 100_000),
            Promote = new string('p', 1_000_000),
            Database = new() { Name = new string('n', 1_000_000) },
        };
        var cluster = Cluster(spec, Led());
        var seen = Sound();
        var plan = Plan(cluster, seen);

        var status = StatusReport.Build(new Situation(cluster, seen, Now), plan, new PassOutcome(null, new string('f', 1_000_000)));

        Assert.All(status.Conditions, condition => Assert.InRange(condition.Message.Length, 1, 8200));
        Assert.Equal(Phases.Invalid, status.Phase);
    }

    [Fact]
    public void A_line_of_another_program_is_shortened_and_has_no_control_characters() =>
        Assert.Equal(("a b", $"{new string('c', 500)} …"), (QuotedText.Shorten(" a\u001bb\n"), QuotedText.Shorten(new string('c', 501))));

    private static JsonElement Inner(JsonElement schema) =>
        schema.TryGetProperty("items", out var items) ? items : schema.GetProperty("additionalProperties");

    private static IEnumerable<string> Unlimited(string path, JsonElement schema)
    {
        var type = schema.GetProperty("type").GetString();
        if (type == "string" && !schema.TryGetProperty("maxLength", out _) && !schema.TryGetProperty("enum", out _))
        {
            yield return $"{path}: maxLength";
        }

        if (type == "array" && !schema.TryGetProperty("maxItems", out _))
        {
            yield return $"{path}: maxItems";
        }

        if (schema.TryGetProperty("additionalProperties", out _) && !schema.TryGetProperty("maxProperties", out _))
        {
            yield return $"{path}: maxProperties";
        }

        var inner = schema.TryGetProperty("properties", out var fields)
            ? fields.EnumerateObject().Select(property => (property.Name, property.Value))
            : [];
        if (schema.TryGetProperty("items", out _) || schema.TryGetProperty("additionalProperties", out _))
        {
            inner = inner.Append(("*", Inner(schema)));
        }

        foreach (var found in inner.SelectMany(entry => Unlimited($"{path}.{entry.Item1}", entry.Item2)))
        {
            yield return found;
        }
    }

    private static ClusterSpec With(Dictionary<string, string> parameters) => new() { Postgres = new() { Parameters = parameters } };

    private static ClusterSpec With(ClientSource[] sources) => new() { Kubernetes = new() { AllowFrom = sources } };

    private static ClusterSpec With(string part, string name, string value)
    {
        var values = new Dictionary<string, string> { [name] = value };
        return new() { Resources = part == "limits" ? new() { Limits = values } : new() { Requests = values } };
    }

    private static JsonElement.ArrayEnumerator Rules(string part) =>
        Spec.GetProperty("properties").GetProperty("resources").GetProperty("properties").GetProperty(part)
            .GetProperty("x-kubernetes-validations").EnumerateArray();
}
