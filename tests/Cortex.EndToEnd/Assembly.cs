using System.Runtime.Versioning;
using Xunit.Sdk;
using Xunit.v3;

// Two cores carry PostgreSQL, Podman and the operator of one story; side by side the stories would only wait for each other.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: SupportedOSPlatform("linux")]
