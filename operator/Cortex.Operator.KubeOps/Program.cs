using Cortex.Core.Api;
using Cortex.Operator.KubeOps;
using Cortex.Operator.Wiring;
using Cortex.Runtime;
using k8s;
using KubeOps.Abstractions.Builder;
using KubeOps.Abstractions.Crds;
using KubeOps.Operator;
using KubeOps.Operator.LeaderElection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// Settings on the command line, as for any .NET host: --namespace NS, --own-namespace NS, --install-definitions true.
var builder = Host.CreateApplicationBuilder(args);
var configuration = KubernetesClientConfiguration.BuildDefaultConfig();
var options = new OperatorOptions(Path.GetTempPath(), Kubeconfig: null, Port: 0)
{
    Target = ExecutionTarget.Kubernetes,
    InCluster = KubernetesClientConfiguration.IsInCluster(),
    Namespace = builder.Configuration["namespace"],
    LeaderElect = true,
    OwnNamespace = builder.Configuration["own-namespace"] ?? configuration.Namespace ?? "default",
};
using var client = ApiClient.Connect(configuration);

builder.Services
    .AddCortex(client, options)
    .AddSingleton(configuration)
    .AddSingleton<IKubernetes>(client)
    .AddSingleton(new Backoff(BackoffPolicy.Default, Random.Shared.NextDouble))
    .AddSingleton<ClusterPasses>()
    .AddSingleton<ILeaderElectorFactory, SharedLease>()
    .AddSingleton<ICrdResourceFactory, SharedDefinitions>()
    .AddHostedService<EventWriting>()
    .AddHostedService<TargetWatch>();

var kubeOps = builder.Services
    .AddKubernetesOperator(settings =>
    {
        settings.Name = "cortex-operator";
        settings.Namespace = options.Namespace;
        settings.LeaderElectionType = LeaderElectionType.Single;
        // Both are steps of the operator's plan, and safe to repeat.
        settings.AutoAttachFinalizers = false;
        settings.AutoDetachFinalizers = false;
        // A pass writes the status; this must not cause another pass.
        settings.ReconcileStrategy = ReconcileStrategy.ByGeneration;
        settings.ParallelReconciliation.ConflictStrategy = ParallelReconciliationConflictStrategy.RequeueAfterDelay;
        settings.ParallelReconciliation.RequeueDelay = TimeSpan.FromSeconds(1);
    })
    .AddController<ClusterEntityController, CortexCluster>()
    .AddFinalizer<CleanupFinalizer, CortexCluster>(CortexCluster.Finalizer);
if (builder.Configuration.GetValue("install-definitions", defaultValue: false))
{
    kubeOps.AddCrdInstaller(definitions => definitions.OverwriteExisting = true);
}

await builder.Build().RunAsync();
