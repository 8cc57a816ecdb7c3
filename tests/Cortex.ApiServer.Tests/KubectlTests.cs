using Cortex.ApiServer.Tests.Support;

namespace Cortex.ApiServer.Tests;

/// <summary>The commands of a user, with each kubectl.</summary>
public sealed class KubectlTests(TestServer server) : IClassFixture<TestServer>
{
    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Applying_twice_changes_nothing_the_second_time(string program)
    {
        var kubectl = server.Kubectl(program);
        var name = Unique("twice");
        Assert.Contains("created", await kubectl.OkAsync("apply -f -", Widgets.Yaml(name)), StringComparison.Ordinal);
        var before = await kubectl.OkAsync($"get widget {name} -o jsonpath={{.metadata.resourceVersion}}");
        Assert.Contains("unchanged", await kubectl.OkAsync("apply -f -", Widgets.Yaml(name)), StringComparison.Ordinal);
        Assert.Equal(before, await kubectl.OkAsync($"get widget {name} -o jsonpath={{.metadata.resourceVersion}}"));
        Assert.Contains("configured", await kubectl.OkAsync("apply -f -", Widgets.Yaml(name, size: 4)), StringComparison.Ordinal);
        Assert.Equal("2", await kubectl.OkAsync($"get widget {name} -o jsonpath={{.metadata.generation}}"));
    }

    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Tables_show_the_columns_of_the_definition(string program)
    {
        var kubectl = server.Kubectl(program);
        var name = Unique("table");
        await kubectl.OkAsync("apply -f -", Widgets.Yaml(name, size: 7));
        var narrow = await kubectl.OkAsync($"get wd {name}");
        Assert.Matches(@"NAME +SIZE +READY +AGE", narrow);
        Assert.Matches($@"{name} +7 +\d+s", narrow);
        Assert.Matches(@"NAME +SIZE +READY +COLOR +AGE", await kubectl.OkAsync($"get wd {name} -o wide"));
        Assert.Contains("color: red", await kubectl.OkAsync($"get wd {name} -o yaml"), StringComparison.Ordinal);
        Assert.Contains("Size:   7", await kubectl.OkAsync($"describe wd {name}"), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Explain_knows_every_field(string program)
    {
        var kubectl = server.Kubectl(program);
        var size = await kubectl.OkAsync("explain widgets.spec.size");
        Assert.Contains("How large the widget is.", size, StringComparison.Ordinal);
        Assert.Contains("<integer>", size, StringComparison.Ordinal);
        Assert.Contains("finalizers", await kubectl.OkAsync("explain widgets --recursive"), StringComparison.Ordinal);
        if (kubectl.ExplainsFromOpenApi3)
        {
            Assert.Contains(
                "How large the widget is.",
                await kubectl.OkAsync("explain widgets.spec.size --output plaintext-openapiv2"),
                StringComparison.Ordinal);
        }

        Assert.Contains("holderIdentity", await kubectl.OkAsync("explain lease.spec"), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Unknown_fields_and_wrong_values_are_refused_with_the_field(string program)
    {
        var kubectl = server.Kubectl(program);
        Assert.Contains(
            "unknown field \"",
            await kubectl.FailAsync("apply -f -", Widgets.Yaml(Unique("bad"), more: ", \"foo\": 1")),
            StringComparison.Ordinal);
        var refused = await kubectl.FailAsync("apply -f -", Widgets.Yaml(Unique("bad"), size: 50, ", \"label\": \"A\""));
        Assert.Contains("spec.size in body should be less than or equal to 9", refused, StringComparison.Ordinal);
        Assert.Contains("spec.label in body should match '^[a-z]+$'", refused, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Patches_change_what_they_name(string program)
    {
        var kubectl = server.Kubectl(program);
        var name = Unique("patch");
        await kubectl.OkAsync("apply -f -", Widgets.Yaml(name));
        await kubectl.OkAsync($$$$"""patch wd {{{{name}}}} --type merge -p '{"spec":{"size":4}}'""");
        await kubectl.OkAsync($$$$"""patch wd {{{{name}}}} --type json -p '[{"op":"add","path":"/spec/label","value":"new"}]'""");
        Assert.Equal("4 new", await kubectl.OkAsync($"get wd {name} -o 'jsonpath={{.spec.size}} {{.spec.label}}'"));
        Assert.Contains(
            "unknown format", await kubectl.FailAsync($$$$"""patch wd {{{{name}}}} -p '{"spec":{"size":5}}'"""), StringComparison.Ordinal);
        Assert.Contains(
            "no change",
            await kubectl.OkAsync($$$$"""patch wd {{{{name}}}} --type merge -p '{"spec":{"size":4}}'"""),
            StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Deletion_waits_for_finalizers(string program)
    {
        var kubectl = server.Kubectl(program);
        var name = Unique("final");
        await kubectl.OkAsync("apply -f -", Widgets.Yaml(name));
        await kubectl.OkAsync($$$$"""patch wd {{{{name}}}} --type merge -p '{"metadata":{"finalizers":["example.dev/hold"]}}'""");
        await kubectl.OkAsync($"delete wd {name} --wait=false");
        Assert.NotEmpty(await kubectl.OkAsync($"get wd {name} -o jsonpath={{.metadata.deletionTimestamp}}"));
        Assert.Contains(
            "no new finalizers",
            await kubectl.FailAsync(
                $$$$"""patch wd {{{{name}}}} --type merge -p '{"metadata":{"finalizers":["example.dev/hold","example.dev/b"]}}'"""),
            StringComparison.Ordinal);
        using var waiting = kubectl.Start($"wait --for=delete wd/{name} --timeout=60s");
        await kubectl.OkAsync($$$$"""patch wd {{{{name}}}} --type merge -p '{"metadata":{"finalizers":null}}'""");
        await waiting.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Contains("not found", await kubectl.FailAsync($"get wd {name}"), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Waiting_for_a_condition_ends_when_the_status_has_it(string program)
    {
        var kubectl = server.Kubectl(program);
        var name = Unique("wait");
        await kubectl.OkAsync("apply -f -", Widgets.Yaml(name));
        using var waiting = kubectl.Start($"wait --for=condition=Ready wd/{name} --timeout=60s");
        const string Ready = """{"spec":{"size":9},"status":{"conditions":[{"type":"Ready","status":"True"}]}}""";
        if (kubectl.HasSubresources)
        {
            await kubectl.OkAsync($"patch wd {name} --subresource status --type merge -p '{Ready}'");
        }
        else
        {
            Assert.Equal(
                200,
                (await server.SendAsync(
                    HttpMethod.Patch, $"{TestServer.Widgets}/{name}/status", Ready, "application/merge-patch+json")).Code);
        }

        Assert.Contains(
            "condition met", await waiting.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Matches($@"{name} +3 +True", await kubectl.OkAsync($"get wd {name}"));
    }

    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task A_watch_prints_rows_as_they_change(string program)
    {
        var kubectl = server.Kubectl(program);
        var name = Unique("watch");
        await kubectl.OkAsync("apply -f -", Widgets.Yaml(name));
        using var watch = kubectl.Start($"get wd {name} -w");
        var ct = TestContext.Current.CancellationToken;
        Assert.Matches("NAME +SIZE", await watch.StandardOutput.ReadLineAsync(ct));
        Assert.Matches($"{name} +3", await watch.StandardOutput.ReadLineAsync(ct));
        await kubectl.OkAsync($$$$"""patch wd {{{{name}}}} --type merge -p '{"spec":{"size":8}}'""");
        Assert.Matches($"{name} +8", await watch.StandardOutput.ReadLineAsync(ct));
        watch.Kill();
    }

    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Labels_select_and_namespaces_separate_and_are_deleted_with_their_content(string program)
    {
        var kubectl = server.Kubectl(program);
        var ns = Unique("ns");
        await kubectl.OkAsync("apply -f -", $$"""{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{{ns}}"} }""");
        await kubectl.OkAsync($"-n {ns} apply -f -", Widgets.Yaml("one"));
        await kubectl.OkAsync($"-n {ns} apply -f -", Widgets.Yaml("two"));
        await kubectl.OkAsync($"-n {ns} label wd two tier=gold");
        Assert.Equal("widget.example.dev/two", (await kubectl.OkAsync($"-n {ns} get wd -l 'tier in (gold,silver)' -o name")).Trim());
        Assert.Equal("widget.example.dev/one", (await kubectl.OkAsync($"-n {ns} get wd -l !tier -o name")).Trim());
        Assert.Contains(ns, await kubectl.OkAsync("get wd -A"), StringComparison.Ordinal);
        await kubectl.OkAsync($"delete namespace {ns} --timeout=60s");
        Assert.Contains(
            $"namespaces \"{ns}\" not found",
            await kubectl.FailAsync($"-n {ns} create -f -", Widgets.Yaml("late")),
            StringComparison.Ordinal);
        Assert.Contains("may not be deleted", await kubectl.FailAsync("delete namespace default"), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Definitions_are_established_and_may_be_applied_again(string program)
    {
        var kubectl = server.Kubectl(program);
        await kubectl.OkAsync($"apply -f {Widgets.DefinitionFile}");
        Assert.Contains("unchanged", await kubectl.OkAsync($"apply -f {Widgets.DefinitionFile}"), StringComparison.Ordinal);
        await kubectl.OkAsync("wait --for condition=established crd/widgets.example.dev --timeout=60s");
        Assert.Contains("doesn't have a resource type", await kubectl.FailAsync("get pods"), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Events_show_with_the_object_they_are_about(string program)
    {
        var kubectl = server.Kubectl(program);
        var name = Unique("ev");
        await kubectl.OkAsync("apply -f -", Widgets.Yaml(name));
        var uid = await kubectl.OkAsync($"get wd {name} -o jsonpath={{.metadata.uid}}");
        await kubectl.OkAsync("create -f -", $$$"""
            {"apiVersion": "v1", "kind": "Event", "metadata": {"generateName": "{{{name}}}-", "namespace": "default"}, "reason": "Painted",
            "message": "it is red now", "type": "Normal",
             "involvedObject": {"apiVersion": "example.dev/v1", "kind": "Widget", "name": "{{{name}}}", "namespace": "default",
             "uid": "{{{uid}}}"}, "lastTimestamp": "2026-01-01T00:00:00Z" }
            """);
        Assert.Contains("it is red now", await kubectl.OkAsync($"describe wd {name}"), StringComparison.Ordinal);
        Assert.Matches($"Painted +widget/{name}", await kubectl.OkAsync("get events"));
        if (kubectl.HasEvents)
        {
            Assert.Contains("it is red now", await kubectl.OkAsync($"events --for widget/{name}"), StringComparison.Ordinal);
        }

        Assert.Contains(
            "note: it is red now",
            await kubectl.OkAsync($"get events.events.k8s.io --field-selector regarding.name={name} -o yaml"),
            StringComparison.Ordinal);
    }

    // From 1.33 on kubectl sends these as protobuf.
    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Commands_that_write_built_in_kinds_are_served(string program)
    {
        var kubectl = server.Kubectl(program);
        var name = Unique("made");
        Assert.Contains(
            "created (server dry run)", await kubectl.OkAsync($"create namespace {name} --dry-run=server"), StringComparison.Ordinal);
        Assert.Contains("created", await kubectl.OkAsync($"create namespace {name}"), StringComparison.Ordinal);
        Assert.Contains("already exists", await kubectl.FailAsync($"create namespace {name}"), StringComparison.Ordinal);
        Assert.Contains("Active", await kubectl.OkAsync($"get namespace {name}"), StringComparison.Ordinal);
        Assert.Contains("Invalid value", await kubectl.FailAsync("create namespace Not_A_Name"), StringComparison.Ordinal);
        Assert.Contains("yes", await kubectl.OkAsync("auth can-i create widgets"), StringComparison.Ordinal);
        Assert.Contains("yes", await kubectl.OkAsync("auth can-i get /version"), StringComparison.Ordinal);
        await kubectl.OkAsync($"delete namespace {name} --timeout=60s");
    }

    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Lists_are_sorted_by_any_field(string program)
    {
        var kubectl = server.Kubectl(program);
        var ns = Unique("sorted");
        await kubectl.OkAsync("apply -f -", $$"""{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{{ns}}"} }""");
        foreach (var size in (int[])[5, 2, 8])
        {
            await kubectl.OkAsync($"-n {ns} apply -f -", Widgets.Yaml($"w{size}", size));
        }

        Assert.Matches(@"w2 [\s\S]*w5 [\s\S]*w8 ", await kubectl.OkAsync($"-n {ns} get wd --sort-by=.spec.size"));
    }

    private static string Unique(string prefix) => $"{prefix}-{Guid.NewGuid().ToString("N")[..8]}";
}
