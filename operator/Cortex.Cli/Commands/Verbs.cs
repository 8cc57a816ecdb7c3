using System.CommandLine;

namespace Cortex.Cli.Commands;

/// <summary>The commands, in the order of the help.</summary>
public static class Verbs
{
    public static RootCommand Root(Surroundings here) =>
        new("Cortex Operator: a replicated, TLS-only PostgreSQL on Podman or Kubernetes, as one Kubernetes resource.")
        {
            UpCommand.Create(here),
            StatusCommand.Create(here),
            PromoteCommand.Create(here),
            PsqlCommand.Create(here),
            DsnCommand.Create(here),
            PlanCommand.Create(here),
            ApplyCommand.Create(here),
            RenderCommand.Create(here),
            LogsCommand.Create(here),
            KubeconfigCommand.Create(here),
            DoctorCommand.Create(here),
            DownCommand.Create(here),
            HealthCommand.Create(here),
            RunCommand.Create(() => here.State.Path),
        };
}
