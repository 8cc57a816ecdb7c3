using System.Runtime.Versioning;
using Cortex.EndToEnd.Harness;
using Xunit.Sdk;
using Xunit.v3;

// A test mostly waits; two of them fill two processors, more would only wait for each other. What fills them alone takes its turn by HeavyWork.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 2)]
[assembly: AssemblyFixture(typeof(Stage))]
[assembly: SupportedOSPlatform("linux")]
