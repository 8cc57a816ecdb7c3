using System.CommandLine;
using Cortex.Cli.Access;
using Cortex.Cli.Api;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex dsn</c>: the connection string that survives a promotion.</summary>
internal static class DsnCommand
{
    public static Command Create(Surroundings here)
    {
        var options = new SharedOptions();
        var name = new Argument<string?>("NAME") { Arity = ArgumentArity.ZeroOrOne, Description = "The cluster; not needed where there is only one." };
        var uri = new Option<bool>("--uri") { Description = "As postgresql://… instead of keywords." };
        var command = new Verb(
            "dsn",
            "Prints a connection string that finds the primary, before and after a promotion. The password is not in it, but in a private file that it names.",
            ("dsn", "psql \"$(… dsn)\" connects"),
            ("dsn cortex --uri", "for programs that want a URI")) { name, uri, options.Namespace, options.Kubeconfig };
        command.SetAction(async (arguments, ct) =>
        {
            using var api = here.OpenApi(arguments, options);
            var cluster = await ClusterChoice.ClusterAsync(api, arguments.GetValue(options.Namespace)!, arguments.GetValue(name), ct);
            using var host = here.OpenHost(api);
            var access = new ClientAccess(here.State, host.Credentials);
            var connection = await access.ExportAsync(cluster, ct);
            if (here.Screen.Live)
            {
                // In psql "$(… dsn)" they would be in the way.
                var (certificate, passfile) = access.Files(cluster.Key());
                here.Screen.Remark($"certificate of the authority: {certificate}");
                here.Screen.Remark($"passfile: {passfile}");
            }

            here.Screen.Say(arguments.GetValue(uri) ? connection.ToUri() : connection.ToString());
            return ExitCodes.Done;
        });
        return command;
    }
}
