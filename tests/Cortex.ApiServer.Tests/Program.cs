using Cortex.ApiServer.Tests.Support;
using Xunit.Runner.InProc.SystemConsole;

// "serve DIRECTORY": a server in its own process, for the tests that kill it. Everything else: run the tests.
return args is ["serve", var directory]
    ? await ChildServer.RunAsync(directory)
    : await ConsoleRunner.Run(args);
