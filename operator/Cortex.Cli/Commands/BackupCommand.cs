using System.CommandLine;
using System.Globalization;
using Cortex.Cli.Api;
using Cortex.Cli.Console;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Cli.Progress;
using Cortex.Core.Api;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex backup [NAME]</c>: makes a CortexBackup, and follows it until it is completed.</summary>
internal static class BackupCommand
{
    /// <summary>The time in the name of a backup.</summary>
    private const string Moment = "yyyyMMdd-HHmmss";

    public static Command Create(CommandContext context)
    {
        var options = new SharedOptions();
        var name = new Argument<string?>("NAME")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The cluster; needed only if there are several clusters.",
        };
        var type = new Option<BackupType>("--type")
        {
            Description = "full copies everything, differential what has changed since the last full backup, "
                + "incremental what has changed since the last backup.",
            HelpName = "full|differential|incremental",
            DefaultValueFactory = _ => BackupType.Full,
        };
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait until it is completed." };
        var command = new ExampledCommand(
            "backup",
            "Makes a backup of a cluster into the repository that spec.backup names; the same as a CortexBackup applied with kubectl.",
            ("backup", "makes a full backup of the only cluster, and waits until it is completed"),
            ("backup cortex --type incremental", "copies what has changed since the last backup"))
        {
            name, type, noWait, options.Namespace, options.Kubeconfig,
        };
        command.SetAction(async (arguments, ct) =>
        {
            using var api = context.OpenApi(arguments, options);
            var cluster = await ClusterChoice.ClusterAsync(api, arguments.GetValue(options.Namespace)!, arguments.GetValue(name), ct);
            if (cluster.Spec.Backup is null)
            {
                throw new CommandException(
                    $"{cluster.Metadata.Name} has no repository for backups", "name one in spec.backup.repository");
            }

            var backups = new BackupApi(api);
            var made = await backups.MakeAsync(cluster.Key(), NameOf(cluster, context.Clock.GetUtcNow()), arguments.GetValue(type), ct);
            if (arguments.GetValue(noWait))
            {
                context.Screen.Print($"backup {made.Metadata.Name} requested; follow it with kubectl get cxb");
                return ExitCodes.Done;
            }

            context.Screen.Print(Words(await FollowAsync(context, backups, made, ct)));
            return ExitCodes.Done;
        });
        return command;
    }

    private static string NameOf(CortexCluster cluster, DateTimeOffset now) =>
        $"{cluster.Metadata.Name}-{now.ToString(Moment, CultureInfo.InvariantCulture)}";

    private static Task<CortexBackup> FollowAsync(CommandContext context, BackupApi backups, CortexBackup made, CancellationToken ct)
    {
        var (ns, name) = (made.Metadata.NamespaceProperty, made.Metadata.Name);
        return new OperatorWork(context.Screen, context.Clock).ResultAsync(LookAsync, ct);

        async Task<(CortexBackup?, string)> LookAsync()
        {
            var seen = await backups.FindAsync(ns, name, ct) ?? throw new CommandException($"{name} was deleted", "make another one");
            return seen.Status switch
            {
                { Phase: BackupPhases.Completed } => (seen, ""),
                { Phase: BackupPhases.Failed, Message: var why } =>
                    throw new CommandException($"the backup {name} failed: {why}", "correct that and make another backup"),
                { Phase: BackupPhases.Running, Instance: { } instance, Message: null } => (null, $"{name} is being made from {instance}"),
                { Message: { } why } => (null, $"{name} waits: {why}"),
                _ => (null, ""),
            };
        }
    }

    private static string Cost(CortexBackupStatus status) =>
        string.Create(CultureInfo.InvariantCulture, $"{status.StoredBytes} bytes more in the repository, {status.DurationSeconds} s");

    private static string Words(CortexBackup backup)
    {
        var status = backup.Status!;
        var damage = status.Message is { } message ? $"; {message}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{backup.Metadata.Name} is completed: {status.Type} backup {status.Label}, {status.SizeBytes} bytes, {Cost(status)}{damage}");
    }
}
