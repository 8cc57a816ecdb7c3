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

/// <summary><c>cortex psql</c>: a prompt on the primary, or on one instance. Becomes psql, so that the terminal and the exit code are psql's.</summary>
internal static class PsqlCommand
{
    /// <summary>libpq prefers these to the passfile and to the hosts that we name.</summary>
    private static readonly string[] Misleading = ["PGPASSWORD", "PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGSSLCERT", "PGSSLKEY"];

    public static Command Create(Surroundings here)
    {
        var options = new SharedOptions();
        var words = new Argument<string[]>("INSTANCE") { Arity = ArgumentArity.ZeroOrMore, Description = "The instance (default: wherever the primary is); after -- what psql gets." };
        var superuser = new Option<bool>("--superuser") { Description = "As postgres, inside the container, over its socket. Needs no psql here." };
        var command = new Verb(
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
                var named = instances.Take(IsOption(instances[0]) ? 0 : 1).ToList();
                here.Screen.Remark(instances.Any(IsOption) ? "cortex: what is meant for psql comes after --" : $"cortex: one instance can be named, not {string.Join(", ", instances)}");
                here.Screen.Remark($"  {string.Join(' ', [$"{here.Program} psql", .. named, "--", .. instances.Skip(named.Count).Concat(own).Select(Quoted)])}");
                return ExitCodes.BadUsage;
            }

            using var api = here.OpenApi(arguments, options);
            var ns = arguments.GetValue(options.Namespace)!;
            var instance = instances.SingleOrDefault();
            var cluster = instance is null ? await ClusterChoice.ClusterAsync(api, ns, null, ct) : await ClusterChoice.OwnerAsync(api, ns, instance, ct);
            return arguments.GetValue(superuser) ? await InsideAsync(here, api, cluster, instance, own, ct) : await OutsideAsync(here, api, cluster, instance, own, ct);
        });
        return command;
    }

    /// <summary>The words before <c>--</c>, and those after it.</summary>
    internal static (string[] Instances, string[] Own) Split(string[] words, IReadOnlyList<Token> tokens)
    {
        var after = tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).Skip(1).Count();
        return (words[..^after], words[^after..]);
    }

    private static bool IsOption(string word) => word.StartsWith('-');

    /// <summary>As a shell reads it as one word.</summary>
    private static string Quoted(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or '=') ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static async Task<int> OutsideAsync(Surroundings here, ClusterApi api, CortexCluster cluster, string? instance, string[] own, CancellationToken ct)
    {
        var psql = here.Programs.Find("psql")
            ?? throw new CommandException("psql is not installed", $"install postgresql-client, or use {here.Program} psql --superuser, which needs none");
        ConnInfo connection;
        using (var host = here.OpenHost(api))
        {
            var access = new ClientAccess(here.State, host.Credentials);
            var any = await access.ExportAsync(cluster, ct);
            connection = instance is null ? any : access.Only(any, cluster, instance);
        }

        here.Programs.Become(psql, [connection.ToString(), .. own], Misleading);
        return ExitCodes.Failed;
    }

    private static async Task<int> InsideAsync(Surroundings here, ClusterApi api, CortexCluster cluster, string? instance, string[] own, CancellationToken ct)
    {
        var into = instance ?? cluster.Status?.Primary ?? throw new CommandException($"{cluster.Metadata.Name} has no primary yet", "wait until status says Ready, or name an instance");
        var terminal = !System.Console.IsInputRedirected && !System.Console.IsOutputRedirected;
        using var host = here.OpenHost(api);
        // The root file system is read-only: a history has no place there.
        await host.BecomeInsideAsync(cluster.Key(), into, terminal, "PSQL_HISTORY=/dev/null", ["psql", "-h", Paths.Server.Sockets, "-U", Roles.Superuser, .. own], ct);
        return ExitCodes.Failed;
    }
}
