using System.CommandLine;
using System.CommandLine.Parsing;
using Cortex.Cli.Access;
using Cortex.Cli.Api;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;

namespace Cortex.Cli.Commands;

/// <summary>
/// <c>cortex psql</c>: a prompt on the primary, or on one instance. The process is replaced by psql, so the terminal and the exit code are
/// psql's.
/// </summary>
internal static class PsqlCommand
{
    /// <summary>libpq would prefer these variables to the passfile and to the hosts of the connection string.</summary>
    private static readonly string[] RemovedVariables = ["PGPASSWORD", "PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGSSLCERT", "PGSSLKEY"];

    public static Command Create(CommandContext context)
    {
        var options = new SharedOptions();
        var words = new Argument<string[]>("INSTANCE")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = "The instance (default: the primary); after --: arguments for psql.",
        };
        var superuser = new Option<bool>("--superuser")
        {
            Description = "Connect as postgres, inside the container, over its socket. Needs no psql on this machine.",
        };
        var command = new ExampledCommand(
            "psql",
            "Opens psql on the primary as the application's role, or on one instance.",
            ("psql", "on the primary"),
            ("psql cortex-s1", "on this instance, read-only while it is a standby"),
            ("psql -- -c 'SELECT now()'", "one statement"),
            ("psql --superuser", "as postgres")) { words, superuser, options.Namespace, options.Kubeconfig };
        command.SetAction(async (arguments, ct) =>
        {
            var (instances, own) = Split(arguments.GetValue(words) ?? [], arguments.Tokens);
            if (instances.Length > 1 || instances.Any(IsOption))
            {
                PrintCorrectCommand(context, instances, own);
                return ExitCodes.BadUsage;
            }

            using var api = context.OpenApi(arguments, options);
            var ns = arguments.GetValue(options.Namespace)!;
            var instance = instances.SingleOrDefault();
            var cluster = instance is null
                ? await ClusterChoice.ClusterAsync(api, ns, null, ct)
                : await ClusterChoice.OwnerAsync(api, ns, instance, ct);
            return arguments.GetValue(superuser)
                ? await InsideAsync(context, api, cluster, instance, own, ct)
                : await OutsideAsync(context, api, cluster, instance, own, ct);
        });
        return command;
    }

    private static void PrintCorrectCommand(CommandContext context, string[] instances, string[] own)
    {
        var named = instances.Take(IsOption(instances[0]) ? 0 : 1).ToList();
        string[] correct = [$"{context.Program} psql", .. named, "--", .. instances.Skip(named.Count).Concat(own).Select(Quoted)];
        context.Screen.PrintError(instances.Any(IsOption)
            ? "cortex: arguments for psql come after --"
            : $"cortex: name one instance, not {string.Join(", ", instances)}");
        context.Screen.PrintError($"  {string.Join(' ', correct)}");
    }

    /// <summary>The words before <c>--</c>, and those after it.</summary>
    internal static (string[] Instances, string[] Own) Split(string[] words, IReadOnlyList<Token> tokens)
    {
        var after = tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).Skip(1).Count();
        return (words[..^after], words[^after..]);
    }

    private static bool IsOption(string word) => word.StartsWith('-');

    /// <summary>The word, quoted for a shell if necessary.</summary>
    private static string Quoted(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or '=')
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static async Task<int> OutsideAsync(
        CommandContext context, ClusterApi api, CortexCluster cluster, string? instance, string[] own, CancellationToken ct)
    {
        var psql = context.Programs.Find("psql")
            ?? throw new CommandException(
                "psql is not installed", $"install postgresql-client, or use {context.Program} psql --superuser, which does not need it");
        ConnInfo connection;
        using (var host = context.OpenHost(api))
        {
            var access = new ClientAccess(context.State, host.Credentials);
            var any = await access.ExportAsync(cluster, ct);
            connection = instance is null ? any : access.Only(any, cluster, instance);
        }

        context.Programs.Exec(psql, [connection.ToString(), .. own], RemovedVariables);
        return ExitCodes.Failed;
    }

    private static async Task<int> InsideAsync(
        CommandContext context, ClusterApi api, CortexCluster cluster, string? instance, string[] own, CancellationToken ct)
    {
        var into = instance ?? cluster.Status?.Primary ?? throw new CommandException(
            $"{cluster.Metadata.Name} has no primary yet", "wait until status shows Ready, or name an instance");
        var terminal = !System.Console.IsInputRedirected && !System.Console.IsOutputRedirected;
        using var host = context.OpenHost(api);
        // The root file system is read-only: psql cannot write a history there.
        await host.ExecInInstanceAsync(
            cluster.Key(),
            into,
            terminal,
            "PSQL_HISTORY=/dev/null",
            ["psql", "-h", Paths.Server.Sockets, "-U", Roles.Superuser, .. own],
            ct);
        return ExitCodes.Failed;
    }
}
