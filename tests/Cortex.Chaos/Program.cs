using System.Runtime.Versioning;
using Cortex.Chaos;
using Xunit.Runner.InProc.SystemConsole;

[assembly: SupportedOSPlatform("linux")]

// "run …": chaos on real Podman, as ./cortex test chaos starts it. Everything else: run the tests.
return args is ["run", .. var words]
    ? await ChaosCommand.RunAsync(words)
    : await ConsoleRunner.Run(args);
