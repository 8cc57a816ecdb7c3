using System.Text;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>
/// Generated passwords and private keys are only in Podman's secrets and in files of the instance's user (RFC 4.2).
/// </summary>
[Trait("Tier", "podman")]
public sealed class SecretsTests
{
    /// <summary>A setting with this value is contained in every searched text, which shows that the search would find a secret.</summary>
    private const string Control = "control-value-that-is-no-secret";

    [Fact]
    public async Task No_secret_is_readable_outside_of_its_private_places()
    {
        await using var cortex = await OperatorUnderTest.StartAsync("--log-level", "Debug");
        await using var cluster = cortex.NewCluster();
        var places = await CreateWhileSearchingAsync(cortex, cluster);
        var access = await cluster.AccessAsync();
        await Psql.TextAsync(access.Dsn, "select 'a statement of a user'");
        await CollectAsync(cortex, cluster, places);
        var secrets = access.Secrets;
        places["events"] = await EventsOfAPromotionAsync(cortex, cluster);
        places["operator's log"] = cortex.Log;

        foreach (var (place, text) in places)
        {
            Assert.True(
                text.Contains(cluster.Name, StringComparison.Ordinal),
                $"{place} does not contain the name of the cluster: was it read at all?\n{text}");
        }

        foreach (var place in new[] { "one-shots", "command lines and environments", "resource", "state directory" })
        {
            Assert.True(
                places[place].Contains(Control, StringComparison.Ordinal),
                $"the control value is not in {place}: the search would find nothing");
        }

        Assert.Contains("a statement of a user", places[$"log of {cluster.Primary}"], StringComparison.Ordinal);
        var searched = secrets.SelectMany(secret => SecretSearch.TextsOf(secret.Value), (secret, text) => (secret.Key, text));
        foreach (var (name, secret) in searched.Append(("the verifier of a password", "SCRAM-SHA-256$")))
        {
            foreach (var (place, text) in places)
            {
                Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{name} is readable in {place}");
            }
        }
    }

    /// <summary>Creates the cluster, and reads everything that is visible meanwhile.</summary>
    private static async Task<Dictionary<string, string>> CreateWhileSearchingAsync(OperatorUnderTest cortex, Cluster cluster)
    {
        await using var processes = new ProcessWatch();
        var names = new[] { $"{cluster.Primary}-task", $"{cluster.Standby}-task", $"{cluster.Name}-reader", $"{cluster.Name}-examiner" };
        var oneShots = new StringBuilder();
        // Users may log every statement.
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
            places[$"inspection of {instance}"] = await Podman.TextAsync(
                "inspect", $"{instance}-postgres") + await Podman.TextAsync("pod", "inspect", instance);
            places[$"Podman's own YAML of {instance}"] = await Podman.TextAsync("generate", "kube", instance);
            places[$"log of {instance}"] = $"{instance} {(await Podman.RunAsync("logs", $"{instance}-postgres")).Said}";
        }

        places["rendered YAML"] = (await cortex.CommandAsync(cluster.Yaml(), "render", "-f", "-")).Text();
        places["resource"] = await cortex.Kubectl.TextAsync("get", "cortexcluster", cluster.Name, "-o", "yaml", "--show-managed-fields");
        // A socket is a file, too, which cannot be read.
        string[] all = [cortex.StateDirectory, "-type", "f", "!", "-name", "kubeconfig", "-exec", "cat", "{}", "+"];
        places["state directory"] = (await Tool.RunAsync("find", all)).Text();
    }

    /// <summary>The creation of a cluster records no event; a promotion does.</summary>
    private static async Task<string> EventsOfAPromotionAsync(OperatorUnderTest cortex, Cluster cluster)
    {
        await cluster.PromoteAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        var events = "";
        await Eventually.HoldsAsync(
            "the event of the promotion is recorded",
            async () =>
                (events = await cortex.Kubectl.TextAsync("get", "events", "-o", "yaml")).Contains("Promoted", StringComparison.Ordinal),
            cluster.DescribeAsync);
        return events;
    }
}
