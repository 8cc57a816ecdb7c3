namespace Cortex.Engine.Backup;

/// <summary>A repository cannot be opened with the passphrase of the cluster, or without one.</summary>
public sealed class RepositoryLockedException() : Exception("the repository cannot be opened with the passphrase of the cluster");
