using Cortex.Cli.Commands;
using Cortex.Cli.Outcomes;

namespace Cortex.Cli.Tests.Commands;

public sealed class CommandLineTests
{
    public static readonly TheoryData<string> Names =
        [
            "up", "status", "promote", "backup", "restore", "psql", "dsn", "apply", "render", "logs", "kubeconfig", "doctor", "down",
            "health", "run", "plan",
        ];

    [Theory, MemberData(nameof(Names))]
    public async Task The_help_of_every_command_has_examples_with_the_program_name_that_the_user_typed(string name)
    {
        await using var cortex = new CommandRunner();

        Assert.Equal(ExitCodes.Done, await cortex.RunAsync(name, "--help"));
        Assert.Contains($"Examples:\n  ./cortex {name}", cortex.Output, StringComparison.Ordinal);
        Assert.Contains(
            $"./cortex {name}", cortex.Output[..cortex.Output.IndexOf("Examples:", StringComparison.Ordinal)], StringComparison.Ordinal);
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
    public async Task Bad_usage_ends_with_2_and_refers_to_the_help(params string[] arguments)
    {
        await using var cortex = new CommandRunner();

        Assert.Equal(ExitCodes.BadUsage, await cortex.RunAsync(arguments));
        Assert.StartsWith("cortex: ", cortex.Error, StringComparison.Ordinal);
        Assert.Contains("./cortex", cortex.Error, StringComparison.Ordinal);
        Assert.Empty(cortex.Output);
    }

    [Theory, MemberData(nameof(Names))]
    public async Task The_values_of_options_have_names_in_capitals(string name)
    {
        await using var cortex = new CommandRunner();
        await cortex.RunAsync(name, "--help");

        Assert.DoesNotMatch("--[a-z-]+ <[a-z-]+>", cortex.Output);
    }

    [Fact]
    public async Task The_help_of_run_names_the_defaults()
    {
        await using var cortex = new CommandRunner();
        await cortex.RunAsync("run", "--help");

        Assert.Matches(@"--target <(Kubernetes\|Podman|Podman\|Kubernetes)> .*\[default: Podman\]", cortex.Output.ReplaceLineEndings(" "));
        Assert.Matches(@"--health-port <?PORT>? .*\[default: 0\]", cortex.Output.ReplaceLineEndings(" "));
    }

    [Fact]
    public async Task An_unknown_command_is_reported_in_one_sentence()
    {
        await using var cortex = new CommandRunner();

        Assert.Equal(ExitCodes.BadUsage, await cortex.RunAsync("bogus"));
        Assert.Equal("cortex: there is no command bogus\n  see ./cortex --help\n", cortex.Error);
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
    public async Task A_value_of_the_wrong_type_is_reported_in_plain_words(string expected, params string[] arguments)
    {
        await using var cortex = new CommandRunner();

        Assert.Equal(ExitCodes.BadUsage, await cortex.RunAsync(arguments));
        Assert.Equal($"cortex: {expected}\n  see ./cortex {arguments[0]} --help\n", cortex.Error);
    }

    [Theory]
    [InlineData("./cortex psql -- -c 'select 1'", "psql", "-c", "select 1")]
    [InlineData("./cortex psql cortex-s1 -- -c 'it'\\''s'", "psql", "cortex-s1", "-c", "it's")]
    [InlineData("./cortex psql -- -A -t", "psql", "-A", "--", "-t")]
    [InlineData("./cortex psql a -- b", "psql", "a", "b")]
    public async Task Misplaced_arguments_for_psql_are_shown_in_the_correct_place(string expected, params string[] arguments)
    {
        await using var cortex = new CommandRunner();

        Assert.Equal(ExitCodes.BadUsage, await cortex.RunAsync(arguments));
        Assert.EndsWith($"\n  {expected}\n", cortex.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status", "--kubeconfig")]
    [InlineData("run", "--target", "kubernetes", "--kubeconfig")]
    public async Task A_file_that_is_not_a_kubeconfig_is_reported_as_such_and_not_as_a_defect(params string[] arguments)
    {
        await using var cortex = new CommandRunner();
        foreach (var text in new[] { Samples.Yaml, "a: [\n", "" })
        {
            var file = cortex.File("typo.yaml", text);

            Assert.Equal(ExitCodes.Failed, await cortex.RunAsync([.. arguments, file]));
            Assert.StartsWith($"cortex: {file} is not a kubeconfig", cortex.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("status")]
    [InlineData("kubeconfig", "--content")]
    public async Task A_damaged_kubeconfig_of_the_embedded_API_is_reported_with_the_command_that_writes_it_again(params string[] arguments)
    {
        await using var cortex = new CommandRunner();
        foreach (var damaged in await DamagedKubeconfigsAsync(cortex))
        {
            await File.WriteAllTextAsync(cortex.Context.State.Kubeconfig, damaged, TestContext.Current.CancellationToken);

            Assert.Equal(ExitCodes.Failed, await cortex.RunAsync(arguments));
            Assert.StartsWith($"cortex: {cortex.Context.State.Kubeconfig} is not a kubeconfig: ", cortex.Error, StringComparison.Ordinal);
            Assert.EndsWith("\n  run ./cortex up, which writes it again\n", cortex.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task With_a_damaged_kubeconfig_up_treats_the_operator_as_not_running()
    {
        await using var cortex = new CommandRunner();
        var damaged = await DamagedKubeconfigsAsync(cortex);
        Assert.True(await UpCommand.ServesAsync(cortex.Context, TestContext.Current.CancellationToken));
        foreach (var text in damaged)
        {
            await File.WriteAllTextAsync(cortex.Context.State.Kubeconfig, text, TestContext.Current.CancellationToken);

            Assert.False(await UpCommand.ServesAsync(cortex.Context, TestContext.Current.CancellationToken));
        }
    }

    [Theory]
    [InlineData("status")]
    [InlineData("promote", "cortex-s1")]
    [InlineData("dsn")]
    [InlineData("psql")]
    [InlineData("kubeconfig")]
    [InlineData("logs")]
    public async Task Without_an_operator_commands_print_how_to_start_it(params string[] arguments)
    {
        await using var cortex = new CommandRunner();

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync(arguments));
        Assert.Equal("cortex: the operator is not running\n  start it with ./cortex up\n", cortex.Error);
    }

    [Fact]
    public async Task A_second_operator_reports_that_another_one_runs()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("run"));
        Assert.Contains("is used by another API server\n  it is running already; ", cortex.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", cortex.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_that_has_ended_is_reported_as_not_running()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        var kubeconfig = await File.ReadAllTextAsync(cortex.Context.State.Kubeconfig, TestContext.Current.CancellationToken);
        var gone = cortex.File("kubeconfig", System.Text.RegularExpressions.Regex.Replace(kubeconfig, @"127\.0\.0\.1:\d+", "127.0.0.1:1"));

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("status", "--kubeconfig", gone));
        Assert.Equal("cortex: the operator is not running\n  start it with ./cortex up\n", cortex.Error);
    }

    [Theory]
    [InlineData(null, "/home/u", "cortex")]
    [InlineData("/opt/c/cortex", "/opt/c", "./cortex")]
    [InlineData("/opt/c/cortex", "/home/u", "/opt/c/cortex")]
    public void Messages_use_the_program_name_that_the_user_typed(string? launcher, string directory, string expected)
    {
        Assert.Equal(expected, CommandContext.NameOf(launcher, directory));
    }

    [Theory]
    [InlineData("the embedded API calls no webhooks", "run", "--webhook-port", "9443")]
    [InlineData("name it with --own-namespace", "run", "--webhook-port", "9443", "--kubeconfig", "none")]
    [InlineData("name it with --own-namespace", "run", "--leader-elect", "--kubeconfig", "none")]
    public async Task Missing_requirements_of_options_are_reported_before_the_operator_starts(string what, params string[] arguments)
    {
        await using var cortex = new CommandRunner();

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync(arguments));
        Assert.Contains(what, cortex.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unusable_store_is_reported_with_the_next_step_and_not_as_a_defect()
    {
        await using var cortex = new CommandRunner();
        cortex.Context.State.Create();
        var store = Path.Combine(cortex.Context.State.Path, "objects.db");
        await File.WriteAllTextAsync(store, "", TestContext.Current.CancellationToken);

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("run"));
        Assert.StartsWith($"cortex: {store} is empty", cortex.Error, StringComparison.Ordinal);
        Assert.Contains("\n  move it away with all files whose names begin with objects.db-", cortex.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", cortex.Error, StringComparison.Ordinal);
    }

    /// <summary>Damaged kubeconfigs, such as a full disk, an interrupted copy or an editor leaves.</summary>
    private static async Task<IReadOnlyList<string>> DamagedKubeconfigsAsync(CommandRunner cortex)
    {
        await cortex.ServeAsync();
        var whole = await File.ReadAllTextAsync(cortex.Context.State.Kubeconfig, TestContext.Current.CancellationToken);
        return
        [
            "", "\n", "# comment\n", "~\n", "[]\n", "5\n", "\0\0\0", "\u0001", "kind: [\n", Samples.Yaml, whole[..20], whole[..^20],
            whole[(whole.Length / 2)..],
            whole.Replace("https://", "", StringComparison.Ordinal), whole.Replace("-data\": \"", "-data\": \"?", StringComparison.Ordinal),
            whole
                .Replace("\"clusters\"", "\"none\"", StringComparison.Ordinal),
        ];
    }
}
