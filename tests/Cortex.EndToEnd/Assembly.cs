using System.Runtime.Versioning;
using Cortex.EndToEnd.Harness;
using Xunit.Sdk;
using Xunit.v3;

// A test mostly waits. Two tests at a time use two processors fully; more would only wait for each other. Work that uses all processors
// takes turns by HeavyWork.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 2)]
[assembly: AssemblyFixture(typeof(SharedClusters))]
[assembly: SupportedOSPlatform("linux")]
