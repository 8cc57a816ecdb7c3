using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>A bucket that does not answer, and one whose connections end in the middle of an object.</summary>
[Trait("Tier", "podman")]
public sealed partial class S3FaultTests
{
    [Fact]
    public async Task A_bucket_that_hangs_delays_no_switchover_and_half_an_object_is_never_taken_for_a_whole_one()
    {
        await using var volume = await BackupVolume.MakeAsync();
        await using var network = await S3Network.StartAsync(volume.Image);
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var credentials = new UserSecret(cortex.Target);
        await using var authority = new UserSecret(cortex.Target);
        var server = network.Server;
        await authority.StoreAsync((SecretEntries.Authority, network.AuthorityPem));
        await credentials.StoreAsync((SecretEntries.AccessKey, S3Server.AccessKey), (SecretEntries.SecretKey, server.SecretKey));
        var spec = $"image: {volume.Image}\nbackup: {{repository: {{s3: {{endpoint: \"{server.Endpoint}\", bucket: {S3Server.Bucket}, "
            + $"region: {S3Server.Region}, uriStyle: Path, credentialsSecret: {credentials.Name}, caSecret: {authority.Name}}}}}}}";
        await using var source = await cortex.CreateAsync(spec);
        await Archive.HasAsync(source);
        var access = await source.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int); insert into appended values (1)");
        await BackupVolume.BackUpAsync(source, $"{source.Name}-first");

        server.Hangs = true;
        await Psql.TextAsync(access.Dsn, "insert into appended values (2)");
        await Archive.SwitchAsync(source, access);
        await Archive.IsPushedAsync(source);
        await source.PromoteAsync(source.Standby);
        var receipt = (await source.PromotedAsync(source.Standby)).LastPromotion;
        Assert.Equal((PromotionKind.Switchover, 0L), (receipt?.Kind, receipt?.LostBytes));
        server.Hangs = false;
        await Archive.HasAllAsync(source, access);

        server.Halves = key => Segment().IsMatch(key);
        await Psql.TextAsync(access.Dsn, "insert into appended values (3)");
        var segment = await MeetsAsync(server, source, () => Archive.SwitchAsync(source, access));
        Assert.DoesNotContain(server.Objects.Keys, key => key.Contains(segment, StringComparison.Ordinal));
        server.Halves = null;
        await Archive.HasAsync(source, segment);

        server.Halves = key => Segment().IsMatch(key);
        await using var target = cortex.NewCluster();
        await MeetsAsync(server, source, async () =>
        {
            await target.ApplyAsync($"{spec}\ninstances: 1\nbootstrap: {{fromBackup: {{cluster: {source.Name}}}}}");
            return "";
        });
        server.Halves = null;
        await target.ReadyAsync();
        Assert.Equal("1\n2\n3", await Psql.TextAsync((await target.AccessAsync()).Dsn, "select number from appended order by number"));
    }

    /// <summary>Does something, and waits until it has met the fault of the server a second time.</summary>
    private static async Task<string> MeetsAsync(S3Server server, Cluster cluster, Func<Task<string>> act)
    {
        var before = server.Refused;
        var result = await act();
        await Eventually.HoldsAsync("requests meet the fault", () => Task.FromResult(server.Refused > before + 1), cluster.DescribeAsync);
        return result;
    }

    [GeneratedRegex("/[0-9A-F]{24}-[0-9a-f]{40}")]
    private static partial Regex Segment();
}
