using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Tests.Support;

namespace Cortex.ApiServer.Tests;

/// <summary>Input that no honest client sends. It is refused as a client error, and costs no more than the request.</summary>
public sealed class HostileInputTests(TestServer server) : IClassFixture<TestServer>
{
    private const string JsonPatchType = "application/json-patch+json";
    private static readonly string[] OddValues =
    [
        "null", "5", "\"x\"", "\"\"", "[]", "{}", "[null]", "[5]", "[[]]", "[{}]", "{\"a\":null}", "{\"a\":{}}", "true", "1e400", "-1",
    ];
    private static readonly string[] Places = ["apiVersion", "kind", "metadata", "spec", "status"];
    private static readonly string[] PlacesInMetadata =
    [
        "name", "namespace", "generateName", "labels", "annotations", "finalizers", "ownerReferences", "managedFields", "uid",
        "resourceVersion", "generation", "creationTimestamp",
        "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink",
    ];

    [Fact]
    public async Task An_object_of_the_greatest_depth_can_be_listed_watched_and_read()
    {
        var (deepest, tooDeep) = (Nest(62), Nest(63));
        Assert.Equal(400, (await server.PostAsync(TestServer.Widgets, Widgets.Yaml("too-deep", more: $", \"free\": {tooDeep}"))).Code);
        using var watch = await RawWatch.StartAsync(server, "?watch=true");
        await server.CreateWidgetAsync("deepest", more: $", \"free\": {deepest}");
        foreach (var path in (string[])["", "/deepest"])
        {
            Assert.Equal(200, await StatusAsync(path, "application/json"));
        }

        Assert.Equal(200, await StatusAsync("?includeObject=Object", "application/json;as=Table;g=meta.k8s.io;v=v1"));
        Assert.Equal("deepest", (await watch.NextAsync())["object"]!.AsObject().Name());
        await server.SendAsync(HttpMethod.Delete, $"{TestServer.Widgets}/deepest");

        async Task<int> StatusAsync(string path, string accept)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, TestServer.Widgets + path);
            request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
            using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
            return (int)response.StatusCode;
        }
    }

    [Theory]
    [InlineData("{\"apiVersion\":\"example.dev/v1\",\"kind\":\"Widget\",\"metadata\":{\"name\":\"u\xff\"},\"spec\":{\"size\":1}}")]
    [InlineData(
        "{\"apiVersion\":\"example.dev/v1\",\"kind\":\"Widget\",\"metadata\":{\"name\":\"u\"},\"spec\":{\"size\":1,"
            + "\"label\":\"\xc3\x28\"}}")]
    [InlineData(
        "{\"apiVersion\":\"example.dev/v1\",\"kind\":\"Widget\",\"metadata\":{\"name\":\"u\"},\"spec\":{\"size\":1,\"\xed\xa0\x80\":1}}")]
    [InlineData(
        "{\"apiVersion\":\"example.dev/v1\",\"kind\":\"Widget\",\"metadata\":{\"name\":\"u\"},\"spec\":{\"size\":1,"
            + "\"label\":\"\\ud800\"}}")]
    [InlineData(
        "{\"apiVersion\":\"example.dev/v1\",\"kind\":\"Widget\",\"metadata\":{\"name\":\"u\",\"labels\":{\"\\udfff\":\"a\"}},"
            + "\"spec\":{\"size\":1}}")]
    public async Task A_text_that_is_not_Unicode_is_refused(string latin)
    {
        foreach (var type in (string[])["application/json", "application/merge-patch+json"])
        {
            var (method, path) = type == "application/json"
                ? (HttpMethod.Post, TestServer.Widgets)
                : (HttpMethod.Patch, $"{TestServer.Widgets}/u");
            using var request = new HttpRequestMessage(method, path)
            {
                Content = new ByteArrayContent(Encoding.Latin1.GetBytes(latin)) { Headers = { ContentType = new(type) } },
            };
            using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(400, (int)response.StatusCode);
        }
    }

    [Theory, InlineData("1e400"), InlineData("-1e400"), InlineData("1e999999999"), InlineData("LONG")]
    public async Task A_number_that_Go_cannot_read_is_refused_in_every_request(string number)
    {
        number = number == "LONG" ? new('9', 1000) : number;
        var name = $"number-{Guid.NewGuid():N}";
        var made = await server.CreateWidgetAsync(name, more: ", \"free\": {\"a\": 0}");
        var (path, review) = ($"{TestServer.Widgets}/{name}", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
        made["spec"]!["free"]!["a"] = "NUMBER";
        var replacement = made.ToJsonString().Replace("\"NUMBER\"", number, StringComparison.Ordinal);
        foreach (var (method, where, body, type) in ((string, string, string, string)[])[
            ("POST", TestServer.Widgets, Widgets.Yaml("number", more: $", \"free\": {{\"a\": [{number}]}}"), "application/json"),
            ("PUT", path, replacement, "application/json"),
            ("PUT", $"{path}/status", replacement, "application/json"),
            ("PUT", $"{path}/scale", $$"""{"spec":{"replicas":1},"status":{"replicas":{{number}} } }""", "application/json"),
            ("PATCH", path, $$"""{"spec":{"free":{"a":{{number}} } } }""", "application/merge-patch+json"),
            ("PATCH", path, $$"""[{"op":"add","path":"/spec/free/a","value":{{number}} }]""", JsonPatchType),
            ("PATCH", "/api/v1/namespaces/default", $$"""{"spec":{"a":{{number}} } }""", "application/strategic-merge-patch+json"),
            ("POST", review, $$"""{"spec":{"a":{{number}} } }""", "application/json"),
            ("DELETE", path, $$"""{"gracePeriodSeconds":{{number}} }""", "application/json")])
        {
            var (code, status) = await server.SendAsync(new(method), where, body, type);
            Assert.True(code == 400, $"{method} {where}: {code} {status}");
            Assert.Matches("the number at byte [0-9]+ is too large for a float64", status.Text("message"));
        }

        Assert.Equal("0", (await server.GetAsync(path)).Body["spec"]!["free"]!["a"]!.ToJsonString());
    }

    [Theory, InlineData("1e308"), InlineData("-1.5"), InlineData("1e-999999999"), InlineData("9223372036854775808"), InlineData("0e400")]
    public async Task A_number_that_Go_can_read_is_accepted(string number) =>
        Assert.Equal(
            number,
            (await server.CreateWidgetAsync(
                $"number-{Guid.NewGuid():N}", more: $", \"free\": {{\"a\": {number}}}"))["spec"]!["free"]!["a"]!.ToJsonString());

    [Fact]
    public async Task No_value_in_place_of_a_member_causes_a_server_error()
    {
        var odd = new List<string>();
        foreach (var value in OddValues)
        {
            foreach (var place in Places.Select(p => $"/{p}").Concat(PlacesInMetadata.Select(p => $"/metadata/{p}")))
            {
                var body = $"odd-{odd.Count}";
                var text = JsonNode.Parse(Widgets.Yaml(body))!.AsObject();
                var holder = place.StartsWith("/metadata/", StringComparison.Ordinal) ? text["metadata"]!.AsObject() : text;
                holder[place.Split('/')[^1]] = "PLACE";
                var json = text.ToJsonString().Replace("\"PLACE\"", value, StringComparison.Ordinal);
                var (created, _) = await server.PostAsync(TestServer.Widgets, json);
                var (patched, _) = await server.SendAsync(
                    HttpMethod.Patch,
                    $"{TestServer.Widgets}/patched",
                    $$"""[{"op":"add","path":"{{place}}","value":{{value}} }]""",
                    JsonPatchType);
                if (created >= 500 || patched >= 500)
                {
                    odd.Add($"{place} = {value}: POST {created}, PATCH {patched}");
                }

                if (created == 201)
                {
                    await server.SendAsync(HttpMethod.Delete, $"{TestServer.Widgets}/{body}");
                }

                await server.PostAsync(TestServer.Widgets, Widgets.Yaml("patched"));
            }
        }

        Assert.Empty(odd);
    }

    [Theory, InlineData("größe"), InlineData("尺寸"), InlineData("a\nb\tc"), InlineData("q\"uote\\")]
    public async Task A_warning_names_any_field(string field)
    {
        var name = JsonValue.Create(field).ToJsonString();
        using var content = new StringContent(
            Widgets.Yaml($"warn-{Guid.NewGuid():N}", more: $", {name}: 1"), Encoding.UTF8, "application/json");
        using var response = await server.Http.PostAsync(
            new Uri(TestServer.Widgets, UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.Equal(201, (int)response.StatusCode);
        Assert.StartsWith("299 - \"unknown field", Assert.Single(response.Headers.GetValues("Warning")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Warnings_fit_into_a_header()
    {
        var fields = string.Concat(Enumerable.Range(0, 2000).Select(i => $", \"unknown-{i}\": 1")) + $", \"{new string('x', 100_000)}\": 1";
        using var content = new StringContent(Widgets.Yaml("warnings", more: fields), Encoding.UTF8, "application/json");
        using var response = await server.Http.PostAsync(
            new Uri(TestServer.Widgets, UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.Equal(201, (int)response.StatusCode);
        Assert.InRange(response.Headers.GetValues("Warning").Sum(w => w.Length), 1000, 8000);
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nZZ\r\nnonsense\r\n", "400")]
    [InlineData("Content-Length: 3\r\n\r\n{{{", "400")]
    [InlineData("Content-Length: 9000\r\n\r\n{", "408")]
    public async Task A_body_that_differs_from_its_headers_is_a_client_error(string rest, string code)
    {
        var answer = await RawAsync(
            $"POST {TestServer.Widgets} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.Token}\r\nContent-Type: "
                + $"application/json\r\n{rest}");
        Assert.StartsWith($"HTTP/1.1 {code} ", answer, StringComparison.Ordinal);
        Assert.Contains("\"kind\":\"Status\"", answer, StringComparison.Ordinal);
    }

    // 17 MB only for a client that waits for 100-continue before it sends, because an unread body breaks its connection.
    [Theory]
    [InlineData(3 << 20, "", "400")]
    [InlineData((3 << 20) + 1, "", "413")]
    [InlineData(10_000_000, "", "413")]
    [InlineData(17_000_000, "Expect: 100-continue\r\n", "413")]
    public async Task A_body_that_is_too_large_is_refused_with_an_answer(int size, string header, string code)
    {
        var body = header.Length > 0 ? "" : new string('x', size);
        var answer = await RawAsync(
            $"POST {TestServer.Widgets} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.Token}\r\n{header}Content-Length: "
                + $"{size}\r\n\r\n{body}");
        Assert.StartsWith($"HTTP/1.1 {code} ", answer, StringComparison.Ordinal);
        Assert.Contains("\"kind\":\"Status\"", answer, StringComparison.Ordinal);
    }

    private async Task<string> RawAsync(string request)
    {
        var ct = TestContext.Current.CancellationToken;
        using var socket = new TcpClient();
        await socket.ConnectAsync(server.Api.Address.Host, server.Api.Address.Port, ct);
        await using var tls = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false, TestClient.Trust(server.Certificate));
        await tls.AuthenticateAsClientAsync("localhost");
        await tls.WriteAsync(Encoding.ASCII.GetBytes(request), ct);
        var buffer = new byte[16 * 1024];
        return Encoding.UTF8.GetString(buffer, 0, await tls.ReadAtLeastAsync(buffer, 200, throwOnEndOfStream: false, ct));
    }

    private static string Nest(int levels) => string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels);
}
