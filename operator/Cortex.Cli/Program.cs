using System.CommandLine;
using Cortex.Cli.Commands;

var here = Surroundings.OfProcess();
return await CommandLine.RunAsync(Verbs.Root(here), args, here, CancellationToken.None);
