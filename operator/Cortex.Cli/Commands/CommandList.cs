using System.CommandLine;

namespace Cortex.Cli.Commands;

/// <summary>All commands, in the order of the help.</summary>
public static class CommandList
{
    public static RootCommand Root(CommandContext context) =>
        new("Cortex Operator: a replicated, TLS-only PostgreSQL on Podman or Kubernetes, as one Kubernetes resource.")
        {
            UpCommand.Create(context),
            StatusCommand.Create(context),
            PromoteCommand.Create(context),
            BackupCommand.Create(context),
            RestoreCommand.Create(context),
            VerifyBackupCommand.Create(context),
            PsqlCommand.Create(context),
            DsnCommand.Create(context),
            PlanCommand.Create(context),
            ApplyCommand.Create(context),
            RenderCommand.Create(context),
            LogsCommand.Create(context),
            KubeconfigCommand.Create(context),
            DoctorCommand.Create(context),
            DownCommand.Create(context),
            HealthCommand.Create(context),
            RunCommand.Create(() => context.State.Path, Root),
        };
}
