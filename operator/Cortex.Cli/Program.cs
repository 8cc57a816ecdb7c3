using System.CommandLine;
using Cortex.Cli.Commands;

var context = CommandContext.OfProcess();
return await CommandLine.RunAsync(CommandList.Root(context), args, context, CancellationToken.None);
