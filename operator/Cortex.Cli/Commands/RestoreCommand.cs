using System.CommandLine;
using Cortex.Cli.Api;
using Cortex.Cli.Console;
using Cortex.Cli.Files;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Restoring;
using k8s;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex restore NAME --to NEW</c>: the resource of a new cluster that is restored from the backups of another one.</summary>
internal static class RestoreCommand
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromHours(1);

    public static Command Create(CommandContext context)
    {
        var (options, target) = (new SharedOptions(), new TargetOptions());
        var name = new Argument<string>("NAME") { Description = "The cluster whose backups are restored. It is not changed." };
        var to = new Option<string>("--to") { Description = "The name of the new cluster.", HelpName = "NEW", Required = true };
        var folder = new Option<string?>("--folder")
        {
            Description = "The backups of an earlier cluster in the repository of NAME, instead of those of NAME; status lists them.",
            HelpName = "FOLDER",
        };
        var yes = new Option<bool>("--yes") { Description = "Create the new cluster, and wait until it is Ready." };
        var timeout = Durations.Option("--timeout", "How long to wait until it is Ready. Default: 1h.");
        var command = new ExampledCommand(
            "restore",
            "Prints the YAML of a new cluster that is restored from the backups of another one, which keeps running; creates it with "
                + "--yes. Without a target, everything that was archived is restored.",
            ("restore cortex --to rescued", "prints the YAML; apply -f - applies it"),
            ("restore cortex --to rescued --time 2026-01-31T12:00:00Z --yes", "the state of that moment, in a new cluster"),
            ("restore cortex --to rescued --backup 20260131-115500F", "the state at the end of that backup; kubectl get cxb lists them"))
        {
            name, to, folder, target.Time, target.Lsn, target.RestorePoint, target.Backup, target.Exclusive, yes, timeout,
            options.Namespace, options.Kubeconfig,
        };
        command.SetAction(async (arguments, ct) =>
        {
            using var api = context.OpenApi(arguments, options);
            var ns = arguments.GetValue(options.Namespace)!;
            var source = await ClusterChoice.ClusterAsync(api, ns, arguments.GetValue(name), ct);
            var key = new ClusterKey(ns, arguments.GetValue(to)!);
            var from = RestoredCluster.From(source, target.Read(arguments), arguments.GetValue(folder));
            await DemandAsync(context, api, source, from, key, ct);
            DemandValid(source, key, from);
            var yaml = RestoredCluster.Render(source, key.Name, from, await api.ListAsync("", ct));
            var manifest = Manifests.Parse(yaml, "the new cluster")[0];
            context.Screen.Output.Write(yaml);
            if (!arguments.GetValue(yes))
            {
                context.Screen.PrintError($"nothing was changed; add --yes, or pass this to {context.Program} apply -f -");
                return ExitCodes.Done;
            }

            await CreateAsync(context, api, manifest, key, arguments.GetValue(timeout) ?? DefaultTimeout, ct);
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task DemandAsync(
        CommandContext context, ClusterApi api, CortexCluster source, FromBackupSpec from, ClusterKey key, CancellationToken ct)
    {
        var name = source.Metadata.Name;
        if (source.Spec.Backup is null)
        {
            throw new CommandException(
                $"{name} has no repository for backups", "name one in spec.backup.repository, then make a backup");
        }

        if (from.Folder is null && source.Status?.Backup?.FirstRecoverable is null)
        {
            throw new CommandException(
                $"{name} has no backup yet",
                source.Status?.Backup is { EarlierFolders: [var earlier, ..] }
                    ? $"--folder {earlier} restores those of an earlier cluster of this name"
                    : $"make one with {context.Program} backup {name}");
        }

        if (await api.FindAsync(key, ct) is not null)
        {
            throw new CommandException(
                $"there is a cluster {key.Name} already", "a backup is restored into a new cluster only; name another one with --to");
        }
    }

    private static void DemandValid(CortexCluster source, ClusterKey key, FromBackupSpec from)
    {
        var cluster = new CortexCluster
        {
            Metadata = new() { Name = key.Name, NamespaceProperty = key.Namespace },
            Spec = source.Spec with { Bootstrap = new() { FromBackup = from } },
        };
        if (Validity.Of(cluster) is [var problem, ..])
        {
            throw new CommandException(problem.ToString(), "correct the option and try again");
        }
    }

    private static async Task CreateAsync(
        CommandContext context, ClusterApi api, Manifest manifest, ClusterKey key, TimeSpan timeout, CancellationToken ct)
    {
        var stages = new Stages(context.Screen, context.Clock);
        try
        {
            await api.ApplyAsync(manifest.Content, key.Namespace, ct);
        }
        catch (KubernetesException refusal)
        {
            throw ApiMessages.Refused(refusal, manifest);
        }

        stages.Print($"{key.Name} created");
        var ready = await new ReadyWait(context, api, stages).RunAsync([key], timeout, ct);
        stages.Print("Ready");
        context.Screen.Print(ready.SelectMany(cluster => NextSteps.For(cluster, context.Program, context.State.Kubeconfig)));
        if (ready.Any(cluster => cluster.Spec.Backup is not null))
        {
            context.Screen.Print($"{key.Name} has no backup of its own yet: {context.Program} backup {key.Name}");
        }
    }

    /// <summary>The options for the end of the restore.</summary>
    private sealed class TargetOptions
    {
        public Option<DateTimeOffset?> Time { get; } = Moments.Option("--time", "Restore up to this time, given with its time zone.");

        public Option<string?> Lsn { get; } = new("--lsn") { Description = "Restore up to this LSN.", HelpName = "LSN" };

        public Option<string?> RestorePoint { get; } = new("--restore-point")
        {
            Description = "The name that was given to pg_create_restore_point.",
            HelpName = "POINT",
        };

        public Option<string?> Backup { get; } = new("--backup")
        {
            Description = "The backup to begin with; without another target, the state at its end.",
            HelpName = "LABEL",
        };

        public Option<bool> Exclusive { get; } = new("--exclusive") { Description = "Leave out what happened exactly at --time or --lsn." };

        public RestoreTargetSpec Read(ParseResult arguments) => new()
        {
            Time = arguments.GetValue(Time) is { } time ? RestoreRequest.Text(time) : null,
            Lsn = arguments.GetValue(Lsn),
            RestorePoint = arguments.GetValue(RestorePoint),
            Backup = arguments.GetValue(Backup),
            Exclusive = arguments.GetValue(Exclusive),
        };
    }
}
