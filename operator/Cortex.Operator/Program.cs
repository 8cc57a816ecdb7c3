using System.CommandLine;
using Cortex.Operator.Commands;

var here = Surroundings.OfProcess();
return await CommandLine.RunAsync(Verbs.Root(here), args, here, CancellationToken.None);
