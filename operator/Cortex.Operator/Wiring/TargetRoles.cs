using Cortex.Engine.Backup;
using Cortex.Engine.Memory;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Kubernetes;
using Cortex.Engine.Targets.Podman;
using Cortex.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cortex.Operator.Wiring;

/// <summary>Registers the target under each role that it has; a role that is not registered is null to its consumers.</summary>
internal static class TargetRoles
{
    public static IServiceCollection AddTarget(this IServiceCollection services, OperatorOptions options) => options.Target switch
    {
        ExecutionTarget.Kubernetes => services
            .AddSingleton(parts => Kubernetes(parts, options))
            .AddEveryRole<KubernetesTarget>()
            .AddRole<IServices, KubernetesTarget>()
            .AddRole<IVolumeExpansion, KubernetesTarget>()
            .AddRole<ILostPods, KubernetesTarget>()
            .AddRole<IRepositoryVolumes, KubernetesTarget>()
            .AddBackupRoles<KubernetesTarget>(),
        _ => services.AddSingleton(Podman).AddEveryRole<PodmanTarget>().AddBackupRoles<PodmanTarget>(),
    };

    private static KubernetesTarget Kubernetes(IServiceProvider parts, OperatorOptions options) => new(
        parts.GetRequiredService<ApiConnection>(),
        new KubernetesOptions(options.Namespace, options.InCluster),
        parts.GetRequiredService<TimeProvider>(),
        parts.GetRequiredService<ILoggerFactory>(),
        parts.GetRequiredService<ClusterMemory>());

    private static PodmanTarget Podman(IServiceProvider parts) => new(
        PodmanOptions.FromEnvironment(),
        parts.GetRequiredService<TimeProvider>(),
        parts.GetRequiredService<ILoggerFactory>(),
        parts.GetRequiredService<ClusterMemory>());

    /// <summary>Those of <see cref="IExecutionTarget"/>; a test compares.</summary>
    private static IServiceCollection AddEveryRole<TTarget>(this IServiceCollection services)
        where TTarget : class, IExecutionTarget => services
        .AddRole<IInventorySource, TTarget>()
        .AddRole<IImages, TTarget>()
        .AddRole<INetworks, TTarget>()
        .AddRole<IVolumes, TTarget>()
        .AddRole<ISecretStore, TTarget>()
        .AddRole<IPods, TTarget>()
        .AddRole<IInstanceFiles, TTarget>()
        .AddRole<IInstanceLogs, TTarget>()
        .AddRole<IOneShots, TTarget>()
        .AddRole<IJobs, TTarget>()
        .AddRole<IAddresses, TTarget>()
        .AddRole<ITargetEvents, TTarget>();

    private static IServiceCollection AddBackupRoles<TTarget>(this IServiceCollection services)
        where TTarget : class, IBackupJobs, IVerificationJobs => services
        .AddRole<IBackupJobs, TTarget>()
        .AddRole<IVerificationJobs, TTarget>();

    private static IServiceCollection AddRole<TRole, TTarget>(this IServiceCollection services)
        where TRole : class
        where TTarget : class, TRole => services.AddSingleton<TRole>(parts => parts.GetRequiredService<TTarget>());
}
