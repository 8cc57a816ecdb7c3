using System.CommandLine;
using Cortex.Cli.Access;
using Cortex.Cli.Api;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Core.Api;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex dsn</c>: the connection string that survives a promotion.</summary>
internal static class DsnCommand
{
    public static Command Create(CommandContext context)
    {
        var options = new SharedOptions();
        var name = new Argument<string?>("NAME")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The cluster; may be omitted if there is only one.",
        };
        var uri = new Option<bool>("--uri") { Description = "Print a URI, postgresql://…, instead of keywords." };
        var command = new ExampledCommand(
            "dsn",
            "Prints a connection string that finds the primary before and after a promotion. It names a private file with the password.",
            ("dsn", "psql \"$(… dsn)\" connects"),
            ("dsn cortex --uri", "for programs that need a URI")) { name, uri, options.Namespace, options.Kubeconfig };
        command.SetAction(async (arguments, ct) =>
        {
            using var api = context.OpenApi(arguments, options);
            using var host = context.OpenHost(api);
            var access = new ClientAccess(context.State, host.Credentials);
            var (ns, named) = (arguments.GetValue(options.Namespace)!, arguments.GetValue(name));
            var version = named is null ? null : access.VersionAsync(new ClusterKey(ns, named), ct);
            var cluster = await ClusterChoice.ClusterAsync(api, ns, named, ct);
            var connection = await access.ExportAsync(cluster, version ?? access.VersionAsync(cluster.Key(), ct), ct);
            if (context.Screen.Live)
            {
                // Only on a terminal: psql "$(… dsn)" must not show these lines.
                var (certificate, passfile) = access.Files(cluster.Key());
                context.Screen.PrintError($"CA certificate: {certificate}");
                context.Screen.PrintError($"passfile: {passfile}");
            }

            context.Screen.Print(arguments.GetValue(uri) ? connection.ToUri() : connection.ToString());
            return ExitCodes.Done;
        });
        return command;
    }
}
