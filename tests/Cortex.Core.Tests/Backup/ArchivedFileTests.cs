using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Backup;

/// <summary>The program that gets a segment for recovery. The name of a stored segment ends with the checksum of its content.</summary>
public sealed class ArchivedFileTests
{
    private const string Segment = "000000010000000000000003";

    [Theory]
    [InlineData("printf whole >\"$file\"", "echo 17-1", 0, "")]
    [InlineData("printf other >\"$file\"", "echo 17-1", 255, $"damaged segment: {Segment}")]
    [InlineData("exit 1", "echo 17-1", 1, "")]
    [InlineData("exit 101", "echo 17-1", 255, "")]
    [InlineData("printf other >\"$file\"", "exit 101", 255, "")]
    public async Task A_segment_is_damaged_only_if_the_repository_says_so(string get, string list, int code, string said)
    {
        var folder = Directory.CreateTempSubdirectory("cortex-archive-").FullName;
        var script = ProvisioningScripts.ArchivedFile.Replace("/tmp/", $"{folder}/", StringComparison.Ordinal);
        var sum = (await Tool.RunAsync("sh", ["-c", "printf whole | sha1sum"])).Text()[..40];
        var pgbackrest = $$"""
            #!/bin/sh
            for file; do :; done
            case "$*" in
                *archive-get*) {{get}} ;;
                *"repo-ls archive/cortex") {{list}} ;;
                *{{sum}}*repo-ls*) echo {{Segment}}-{{sum}}.zst ;;
            esac
            """;
        await File.WriteAllTextAsync(Path.Combine(folder, "pgbackrest"), pgbackrest, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "source.conf"), "repo1-type=s3\n", TestContext.Current.CancellationToken);
        var run = $"cd {folder}; chmod +x pgbackrest; PATH={folder}:$PATH\n{script}\nexec sh archived-file.sh {Segment} got";

        var result = await Tool.RunAsync("sh", ["-ceu", run]);

        Directory.Delete(folder, recursive: true);
        Assert.Equal((code, said), (result.ExitCode, result.Output.Trim()));
    }
}
