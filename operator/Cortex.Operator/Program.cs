using System.CommandLine;
using Cortex.Operator.Commands;

var root = new RootCommand("Cortex: a replicated PostgreSQL on Podman and Kubernetes.")
{
    RunCommand.Create(() => Environment.GetEnvironmentVariable("CORTEX_STATE") ?? "/tmp/cortex-dev"),
};
return await root.Parse(args).InvokeAsync();
