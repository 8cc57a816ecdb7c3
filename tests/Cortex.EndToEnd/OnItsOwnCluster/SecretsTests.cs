using System.Text;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>No generated password and no private key is anywhere but in Podman's secrets and in files of the instance's user (RFC 4.2).</summary>
[Trait("Tier", "podman")]
public sealed class SecretsTests
{
    /// <summary>Given as a setting, it is where every text that we look into is made from: the search must find it.</summary>
    private const string Control = "control-value-that-is-no-secret";

    [Fact]
    public async Task No_secret_is_where_it_could_be_read()
    {
        await using var cortex = await OperatorUnderTest.StartAsync("--log-level", "Debug");
        await using var cluster = cortex.NewCluster();
        var places = await CreateWatchedAsync(cortex, cluster);
        var access = await cluster.AccessAsync();
        await Psql.TextAsync(access.Dsn, "select 'a statement of a user'");
        await CollectAsync(cortex, cluster, places);
        var secrets = access.Secrets;
        places["events"] = await EventsOfAPromotionAsync(cortex, cluster);
        places["operator's log"] = cortex.Log;

        foreach (var (place, text) in places)
        {
            Assert.True(text.Contains(cluster.Name, StringComparison.Ordinal), $"{place} says nothing of the cluster: was it read at all?\n{text}");
        }

        foreach (var place in new[] { "one-shots", "command lines and environments", "resource", "state directory" })
        {
            Assert.True(places[place].Contains(Control, StringComparison.Ordinal), $"the control value is not in {place}: the search would find nothing");
        }

        Assert.Contains("a statement of a user", places[$"log of {cluster.Primary}"], StringComparison.Ordinal);
        foreach (var (name, needle) in secrets.SelectMany(Needles).Append(("the verifier of a password", "SCRAM-SHA-256$")))
        {
            foreach (var (place, text) in places)
            {
                Assert.False(text.Contains(needle, StringComparison.Ordinal), $"{name} is readable in {place}");
            }
        }
    }

    [Fact]
    public void What_is_searched_for_are_bodies_of_keys_and_passwords_in_both_writings()
    {
        const string body = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEH";
        var needles = Needles(new("tls", $"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")).Concat(Needles(new("app", "a-password")));
        Assert.Equal([body, "a-password", "YS1wYXNzd29yZ"], needles.Select(one => one.Needle));
    }

    /// <summary>Creates the cluster while everybody is looking.</summary>
    private static async Task<Dictionary<string, string>> CreateWatchedAsync(OperatorUnderTest cortex, Cluster cluster)
    {
        await using var processes = new ProcessWatch();
        var names = new[] { $"{cluster.Primary}-task", $"{cluster.Standby}-task", $"{cluster.Name}-reader", $"{cluster.Name}-examiner" };
        var oneShots = new StringBuilder();
        // A user may have every statement logged.
        await cluster.ApplyAsync($"postgres:\n  parameters:\n    e2e.control: {Control}\n    log_statement: all");
        var ready = cluster.ReadyAsync();
        while (!ready.IsCompleted)
        {
            oneShots.Append((await Podman.RunAsync(["inspect", "--type", "container", .. names])).Output);
        }

        await ready;
        Assert.Contains($"{cluster.Primary}-task", oneShots.ToString(), StringComparison.Ordinal);
        return new()
        {
            ["one-shots"] = oneShots.ToString(),
            ["command lines and environments"] = await processes.StopAsync(),
            ["operator's log"] = cortex.Log,
        };
    }

    private static async Task CollectAsync(OperatorUnderTest cortex, Cluster cluster, Dictionary<string, string> places)
    {
        foreach (var instance in new[] { cluster.Primary, cluster.Standby })
        {
            places[$"inspection of {instance}"] = await Podman.TextAsync("inspect", $"{instance}-postgres") + await Podman.TextAsync("pod", "inspect", instance);
            places[$"Podman's own YAML of {instance}"] = await Podman.TextAsync("generate", "kube", instance);
            places[$"log of {instance}"] = $"{instance} {(await Podman.RunAsync("logs", $"{instance}-postgres")).Said}";
        }

        places["rendered YAML"] = (await cortex.CommandAsync(cluster.Yaml(), "render", "-f", "-")).Text();
        places["resource"] = await cortex.Kubectl.TextAsync("get", "cortexcluster", cluster.Name, "-o", "yaml", "--show-managed-fields");
        var files = Directory.EnumerateFiles(cortex.StateDirectory, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "kubeconfig");
        places["state directory"] = (await Tool.RunAsync("cat", files)).Text();
    }

    /// <summary>A cluster that is only made has nothing to tell; a promotion does.</summary>
    private static async Task<string> EventsOfAPromotionAsync(OperatorUnderTest cortex, Cluster cluster)
    {
        await cluster.PromoteAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        var events = "";
        await Eventually.HoldsAsync(
            "the promotion is told",
            async () => (events = await cortex.Kubectl.TextAsync("get", "events", "-o", "yaml")).Contains("Promoted", StringComparison.Ordinal),
            cluster.StoryAsync);
        return events;
    }

    /// <summary>A password as it is and in base64 without its end, which depends on what follows; of a key, each line of its body.</summary>
    private static IEnumerable<(string Name, string Needle)> Needles(KeyValuePair<string, string> secret)
    {
        const string begin = "PRIVATE KEY-----\n";
        if (secret.Value.IndexOf(begin, StringComparison.Ordinal) is var at && at < 0)
        {
            return secret.Value.Contains("-----BEGIN", StringComparison.Ordinal)
                ? []
                : [(secret.Key, secret.Value), (secret.Key, Convert.ToBase64String(Encoding.UTF8.GetBytes(secret.Value)).TrimEnd('=')[..^(secret.Value.Length % 3 == 0 ? 0 : 1)])];
        }

        var body = secret.Value[(at + begin.Length)..secret.Value.LastIndexOf("-----END", StringComparison.Ordinal)];
        return body.Split('\n').Where(line => line.Length >= 16).Select(line => (secret.Key, line));
    }
}
