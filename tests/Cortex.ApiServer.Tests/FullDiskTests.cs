using System.Text.Json.Nodes;
using Cortex.ApiServer.Tests.Support;

namespace Cortex.ApiServer.Tests;

/// <summary>A full disk: a file system of 2 MiB in the mount namespace of the server.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task On_a_full_disk_a_write_is_refused_and_reads_continue()
    {
        await SkipWithoutNamespacesAsync();
        using var child = await ChildServer.StartAsync(directory.Path, "2m");
        using var server = await child.ConnectAsync();
        Assert.Equal(201, (await server.PostAsync("/api/v1/namespaces", Namespace("before"))).Code);
        var filler = Path.Combine(child.Root + directory.Path, "filler");
        Fill(filler);
        var refused = (Code: 201, Body: new JsonObject());
        // The journal may still have free space in its allocated pages.
        for (var i = 0; i < 2000 && refused.Code == 201; i++)
        {
            refused = await server.PostAsync("/api/v1/namespaces", Namespace($"full-{i}"));
        }

        Assert.Equal((500, "InternalError", "Status"), (refused.Code, refused.Body.Text("reason"), refused.Body.Text("kind")));
        Assert.Contains($"{directory.Path}/objects.db cannot be written", refused.Body.Text("message"), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Body.Text("message"), StringComparison.Ordinal);
        Assert.Equal(200, (await server.GetAsync("/api/v1/namespaces/before")).Code);
        File.Delete(filler);
        Assert.Equal(201, (await server.PostAsync("/api/v1/namespaces", Namespace("after"))).Code);
    }

    [Fact]
    public async Task At_the_start_the_error_names_the_file_and_the_next_step()
    {
        await SkipWithoutNamespacesAsync();
        var error = await ChildServer.RefusedAsync(directory.Path, "2m", $"head -c 8m /dev/zero >{directory.Path}/filler");
        Assert.Contains($"StoreException: {directory.Path}/", error, StringComparison.Ordinal);
        Assert.Contains($"make room on the file system of {directory.Path} (df says how much there is", error, StringComparison.Ordinal);
    }

    private static string Namespace(string name) => $$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{name}}"} }""";

    private static void Fill(string file)
    {
        using var stream = File.Create(file, bufferSize: 0);
        try
        {
            while (true)
            {
                stream.Write(new byte[512]);
            }
        }
        catch (IOException)
        {
            // The disk is full, as intended.
        }
    }

    private static async Task SkipWithoutNamespacesAsync()
    {
        var trial = await Tool.RunAsync("unshare", ["--mount", "--map-root-user", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
        Assert.SkipUnless(trial.Succeeded, $"this machine gives no mount namespace: {trial.Errors}");
    }
}
