using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Cortex.Operator.Tests.Webhooks;

/// <summary>Generated reviews are answered or refused, and never cause an internal error.</summary>
[Trait("Kind", "fuzz")]
public sealed class ReviewFuzz
{
    private const string Spec = """
        {"image":"registry.example/postgres:17","instances":2,"promote":"cortex-s1",
         "replication":{"mode":"Synchronous","durability":"Required"},
         "postgres":{"parameters":{"work_mem":"1MB"},"hba":["hostssl all all all cert"]},
         "tls":{"renewBefore":"1h"},"database":{"name":"app"},"podman":{"basePort":5432},"storage":{"size":"1Gi"},
         "kubernetes":{"allowFrom":[{"cidr":"10.0.0.0/8"}],"lostInstances":["cortex-s1"]},"resources":{"limits":{"memory":"1Gi"}}}
        """;

    [Fact]
    public async Task No_review_causes_an_internal_error()
    {
        await using var webhook = await RunningWebhook.StartAsync();
        webhook.Api.Cluster = Reviews.Cluster(Spec);
        using var client = webhook.Connect();
        await Fuzz.RunAsync("reviews", async input =>
        {
            var body = JsonFuzz.Bytes(input, Review(input));
            input.Input = Encoding.UTF8.GetString(body);
            using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            using var response = await client.PostAsync(
                new Uri("/validate", UriKind.Relative), content, TestContext.Current.CancellationToken);
            var answer = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

            Assert.True((int)response.StatusCode < 500, $"{(int)response.StatusCode}: {answer}");
            if ((int)response.StatusCode == 200)
            {
                Assert.NotNull(JsonNode.Parse(answer)!["response"]!["allowed"]);
            }
        });
    }

    private static JsonNode Review(FuzzCase input)
    {
        var (after, before) = (Reviews.Cluster(Spec), Reviews.Cluster(Spec));
        JsonFuzz.Mutate(input, after["spec"]!, 6);
        JsonFuzz.Mutate(input, before["spec"]!, 2);
        var review = JsonNode.Parse(input.Below(4) switch
        {
            0 => Reviews.Of("CREATE", after),
            1 => Reviews.OfScale(input.Below(12)),
            2 => Reviews.Of(input.Pick(["UPDATE", "DELETE", "CONNECT"]), after, before, input.Pick(["", "status", "scale"])),
            _ => Reviews.Of("UPDATE", after, before),
        }, documentOptions: new() { MaxDepth = 500 })!;
        if (input.Chance(40))
        {
            JsonFuzz.Mutate(input, review, 3);
        }

        return review;
    }
}
