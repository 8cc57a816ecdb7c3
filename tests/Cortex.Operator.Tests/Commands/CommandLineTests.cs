using Cortex.Cli.Commands;
using Cortex.Cli.Outcomes;

namespace Cortex.Operator.Tests.Commands;

public sealed class CommandLineTests
{
    public static readonly TheoryData<string> Names =
        ["up", "status", "promote", "psql", "dsn", "apply", "render", "logs", "kubeconfig", "doctor", "down", "health", "run", "plan"];

    [Theory, MemberData(nameof(Names))]
    public async Task Every_command_teaches_by_examples_under_the_name_that_the_user_typed(string name)
    {
        await using var place = new Workplace();

        Assert.Equal(ExitCodes.Done, await place.RunAsync(name, "--help"));
        Assert.Contains($"Examples:\n  ./cortex {name}", place.Output, StringComparison.Ordinal);
        Assert.Contains($"./cortex {name}", place.Output[..place.Output.IndexOf("Examples:", StringComparison.Ordinal)], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("promote")]
    [InlineData("apply")]
    [InlineData("status", "--output", "xml")]
    [InlineData("status", "a", "b")]
    [InlineData("up", "--timeout", "soon")]
    [InlineData("kubeconfig", "--path", "--content")]
    [InlineData("nonsense")]
    [InlineData("down", "--volume")]
    [InlineData("psql", "a", "b")]
    public async Task Bad_usage_ends_with_2_and_names_the_help(params string[] arguments)
    {
        await using var place = new Workplace();

        Assert.Equal(ExitCodes.BadUsage, await place.RunAsync(arguments));
        Assert.StartsWith("cortex: ", place.Error, StringComparison.Ordinal);
        Assert.Contains("./cortex", place.Error, StringComparison.Ordinal);
        Assert.Empty(place.Output);
    }

    [Theory, MemberData(nameof(Names))]
    public async Task What_an_option_takes_is_named_in_capitals(string name)
    {
        await using var place = new Workplace();
        await place.RunAsync(name, "--help");

        Assert.DoesNotMatch("--[a-z-]+ <[a-z-]+>", place.Output);
    }

    [Fact]
    public async Task The_help_of_run_names_the_defaults()
    {
        await using var place = new Workplace();
        await place.RunAsync("run", "--help");

        Assert.Matches(@"--target <(Kubernetes\|Podman|Podman\|Kubernetes)> .*\[default: Podman\]", place.Output.ReplaceLineEndings(" "));
        Assert.Matches(@"--health-port <?PORT>? .*\[default: 0\]", place.Output.ReplaceLineEndings(" "));
    }

    [Fact]
    public async Task A_command_that_does_not_exist_is_said_in_one_sentence()
    {
        await using var place = new Workplace();

        Assert.Equal(ExitCodes.BadUsage, await place.RunAsync("bogus"));
        Assert.Equal("cortex: there is no command bogus\n  see ./cortex --help\n", place.Error);
    }

    [Theory]
    [InlineData("--tail needs a whole number, not \"x\"", "logs", "--tail", "x")]
    [InlineData("--tail needs a whole number of 0 or more, not \"-5\"", "logs", "cortex-pr", "--tail", "-5")]
    [InlineData("--uid needs a whole number of 0 or more, not \"-1\"", "render", "-f", "-", "--uid", "-1")]
    [InlineData("--gid needs a whole number of 0 or more, not \"-1\"", "render", "-f", "-", "--uid", "1", "--gid", "-1")]
    [InlineData("--port needs a whole number from 0 to 65535, not \"65536\"", "run", "--port", "65536")]
    [InlineData("--webhook-port needs a whole number from 0 to 65535, not \"65536\"", "run", "--webhook-port", "65536")]
    [InlineData("--health-port needs a whole number from 0 to 65535, not \"65536\"", "run", "--health-port", "65536")]
    [InlineData("--health-port needs a whole number from 1 to 65535, not \"0\"", "health", "--health-port", "0")]
    [InlineData("--uid needs a whole number, not \"x\"", "render", "-f", "-", "--uid", "x")]
    [InlineData("--output needs one of text, json, not \"yaml\"", "status", "-o", "yaml")]
    [InlineData("--target needs one of podman, kubernetes, not \"vm\"", "run", "--target", "vm")]
    public async Task A_value_of_the_wrong_kind_is_said_in_plain_words(string expected, params string[] arguments)
    {
        await using var place = new Workplace();

        Assert.Equal(ExitCodes.BadUsage, await place.RunAsync(arguments));
        Assert.Equal($"cortex: {expected}\n  see ./cortex {arguments[0]} --help\n", place.Error);
    }

    [Theory]
    [InlineData("./cortex psql -- -c 'select 1'", "psql", "-c", "select 1")]
    [InlineData("./cortex psql cortex-s1 -- -c 'it'\\''s'", "psql", "cortex-s1", "-c", "it's")]
    [InlineData("./cortex psql -- -A -t", "psql", "-A", "--", "-t")]
    [InlineData("./cortex psql a -- b", "psql", "a", "b")]
    public async Task What_is_meant_for_psql_is_shown_where_it_belongs(string expected, params string[] arguments)
    {
        await using var place = new Workplace();

        Assert.Equal(ExitCodes.BadUsage, await place.RunAsync(arguments));
        Assert.EndsWith($"\n  {expected}\n", place.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status", "--kubeconfig")]
    [InlineData("run", "--target", "kubernetes", "--kubeconfig")]
    public async Task A_file_that_is_no_kubeconfig_is_called_that_and_not_a_defect(params string[] arguments)
    {
        await using var place = new Workplace();
        foreach (var text in new[] { Samples.Yaml, "a: [\n", "" })
        {
            var file = place.File("typo.yaml", text);

            Assert.Equal(ExitCodes.Failed, await place.RunAsync([.. arguments, file]));
            Assert.StartsWith($"cortex: {file} is no kubeconfig", place.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("status")]
    [InlineData("kubeconfig", "--content")]
    public async Task A_damaged_kubeconfig_of_the_embedded_API_is_said_with_what_writes_it_anew(params string[] arguments)
    {
        await using var place = new Workplace();
        foreach (var damaged in await DamagedKubeconfigsAsync(place))
        {
            await File.WriteAllTextAsync(place.Here.State.Kubeconfig, damaged, TestContext.Current.CancellationToken);

            Assert.Equal(ExitCodes.Failed, await place.RunAsync(arguments));
            Assert.StartsWith($"cortex: {place.Here.State.Kubeconfig} is no kubeconfig: ", place.Error, StringComparison.Ordinal);
            Assert.EndsWith("\n  run ./cortex up, which writes it anew\n", place.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task With_a_damaged_kubeconfig_up_takes_the_operator_for_one_that_does_not_serve_and_starts_it()
    {
        await using var place = new Workplace();
        var damaged = await DamagedKubeconfigsAsync(place);
        Assert.True(await UpCommand.ServesAsync(place.Here, TestContext.Current.CancellationToken));
        foreach (var text in damaged)
        {
            await File.WriteAllTextAsync(place.Here.State.Kubeconfig, text, TestContext.Current.CancellationToken);

            Assert.False(await UpCommand.ServesAsync(place.Here, TestContext.Current.CancellationToken));
        }
    }

    [Theory]
    [InlineData("status")]
    [InlineData("promote", "cortex-s1")]
    [InlineData("dsn")]
    [InlineData("psql")]
    [InlineData("kubeconfig")]
    [InlineData("logs")]
    public async Task Without_an_operator_the_way_to_start_one_is_said(params string[] arguments)
    {
        await using var place = new Workplace();

        Assert.Equal(ExitCodes.Failed, await place.RunAsync(arguments));
        Assert.Equal("cortex: the operator does not run\n  start it with ./cortex up\n", place.Error);
    }

    [Fact]
    public async Task A_second_operator_is_told_that_one_runs()
    {
        await using var place = new Workplace();
        await place.ServeAsync();

        Assert.Equal(ExitCodes.Failed, await place.RunAsync("run"));
        Assert.Contains("is used by another API server\n  it is running already; ", place.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", place.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_that_went_away_reads_the_same_as_none()
    {
        await using var place = new Workplace();
        await place.ServeAsync();
        var kubeconfig = await File.ReadAllTextAsync(place.Here.State.Kubeconfig, TestContext.Current.CancellationToken);
        var gone = place.File("kubeconfig", System.Text.RegularExpressions.Regex.Replace(kubeconfig, @"127\.0\.0\.1:\d+", "127.0.0.1:1"));

        Assert.Equal(ExitCodes.Failed, await place.RunAsync("status", "--kubeconfig", gone));
        Assert.Equal("cortex: the operator does not run\n  start it with ./cortex up\n", place.Error);
    }

    [Theory]
    [InlineData(null, "/home/u", "cortex")]
    [InlineData("/opt/c/cortex", "/opt/c", "./cortex")]
    [InlineData("/opt/c/cortex", "/home/u", "/opt/c/cortex")]
    public void The_program_is_called_as_the_user_calls_it(string? launcher, string directory, string expected)
    {
        Assert.Equal(expected, Surroundings.NameOf(launcher, directory));
    }

    [Theory]
    [InlineData("the embedded API asks no webhooks", "run", "--webhook-port", "9443")]
    [InlineData("name it with --own-namespace", "run", "--webhook-port", "9443", "--kubeconfig", "none")]
    [InlineData("name it with --own-namespace", "run", "--leader-elect", "--kubeconfig", "none")]
    public async Task What_the_operator_would_need_and_has_not_is_said_before_it_starts(string what, params string[] arguments)
    {
        await using var place = new Workplace();

        Assert.Equal(ExitCodes.Failed, await place.RunAsync(arguments));
        Assert.Contains(what, place.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_cannot_be_used_is_named_with_the_next_step_and_called_no_defect()
    {
        await using var place = new Workplace();
        place.Here.State.Create();
        var store = Path.Combine(place.Here.State.Path, "objects.db");
        await File.WriteAllTextAsync(store, "", TestContext.Current.CancellationToken);

        Assert.Equal(ExitCodes.Failed, await place.RunAsync("run"));
        Assert.StartsWith($"cortex: {store} is empty", place.Error, StringComparison.Ordinal);
        Assert.Contains("\n  move it away with all files whose names begin with objects.db-", place.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", place.Error, StringComparison.Ordinal);
    }

    /// <summary>What a full disk, an interrupted copy or an editor leaves of the kubeconfig of an API that serves.</summary>
    private static async Task<IReadOnlyList<string>> DamagedKubeconfigsAsync(Workplace place)
    {
        await place.ServeAsync();
        var whole = await File.ReadAllTextAsync(place.Here.State.Kubeconfig, TestContext.Current.CancellationToken);
        return
        [
            "", "\n", "# comment\n", "~\n", "[]\n", "5\n", "\0\0\0", "\u0001", "kind: [\n", Samples.Yaml, whole[..20], whole[..^20], whole[(whole.Length / 2)..],
            whole.Replace("https://", "", StringComparison.Ordinal), whole.Replace("-data\": \"", "-data\": \"?", StringComparison.Ordinal), whole.Replace("\"clusters\"", "\"none\"", StringComparison.Ordinal),
        ];
    }
}
