using System.CommandLine;
using Cortex.Cli.Commands;
using Cortex.Cli.Delegation;

using var output = Console.OpenStandardOutput();
using var error = Console.OpenStandardError();
if (CommandClient.TryRun(args, Environment.GetEnvironmentVariable, output, error) is { } code)
{
    return code;
}

var context = CommandContext.OfProcess();
return await CommandLine.RunAsync(CommandList.Root(context), args, context, CancellationToken.None);
