namespace Cortex.EndToEnd.OnASharedPair;

/// <summary>Keys and configuration in the instances' volumes.</summary>
[Trait("Tier", "podman")]
[Collection<UsesRunningPair>]
public sealed class VolumeFilesTests(RunningPair pair)
{
    [Fact]
    public async Task Files_in_the_volumes_are_private_to_the_instances_user()
    {
        var cluster = pair.Cluster;
        foreach (var instance in new[] { cluster.Primary, cluster.Standby })
        {
            var listed = (await Podman.ExecAsync(
                instance, "sh", "-c", "cd /var/lib/cortex && stat -c '%a %U %n' tls tls/* conf conf/* pgdata")).Text().Split('\n');
            Assert.Contains("700 postgres tls", listed);
            Assert.Contains("600 postgres tls/server.pem", listed);
            Assert.Contains("600 postgres tls/replication.pem", listed);
            Assert.Contains("700 postgres pgdata", listed);
            Assert.All(listed, line => Assert.Matches("^[67]00 postgres ", line));
        }
    }
}
