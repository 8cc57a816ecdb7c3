namespace Cortex.EndToEnd.OnASharedPair;

/// <summary>One cluster for all tests that do not change it.</summary>
public sealed class RunningPair : IAsyncLifetime
{
    private OperatorUnderTest? cortex;
    private Cluster? cluster;
    private Access? access;

    public OperatorUnderTest Operator => cortex!;

    public Cluster Cluster => cluster!;

    public Access Access => access!;

    public async ValueTask InitializeAsync()
    {
        cortex = await OperatorUnderTest.StartAsync();
        cluster = await cortex.CreateAsync();
        access = await cluster.AccessAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (cortex is not null)
        {
            await cortex.DisposeAsync();
        }
    }
}

[CollectionDefinition]
public sealed class UsesRunningPair : ICollectionFixture<RunningPair>;
