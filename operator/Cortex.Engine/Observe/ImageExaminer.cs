using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Observe;

/// <summary>
/// Examines an image once: whether it has what the operator needs, and as which user it runs. The examination runs in the background, while
/// other things are prepared.
/// </summary>
public sealed partial class ImageExaminer(IImages images, IOneShots oneShots)
{
    private readonly ConcurrentDictionary<string, Task<ImageSeen>> examined = new();

    /// <summary>
    /// What is known of the image now; the first call starts the examination. A new image of the same name is examined again.
    /// </summary>
    public async Task<ImageSeen> LookAsync(ClusterKey cluster, string image, CancellationToken ct)
    {
        if (await images.FindImageAsync(image, ct) is not { } id)
        {
            return new ImageSeen(null, $"spec.image: there is no image {image}, and it could not be pulled");
        }

        var examination = examined.GetOrAdd(id, _ => ExamineAsync(cluster, image, id, CancellationToken.None));
        if (!examination.IsCompleted)
        {
            return new ImageSeen(null, null);
        }

        try
        {
            return await examination;
        }
        catch (TargetException cause)
        {
            // An image without a shell, or an error of Podman: reported now, and tried again by the next pass.
            examined.TryRemove(id, out _);
            return new ImageSeen(null, $"spec.image: {image} could not be examined: {cause.Message}");
        }
        catch
        {
            // A refusal of the API server says nothing about the image. If it were kept, every later call would fail, too.
            examined.TryRemove(id, out _);
            throw;
        }
    }

    /// <summary>The same, after the examination has ended.</summary>
    public async Task<ImageSeen> SeeAsync(ClusterKey cluster, string image, CancellationToken ct)
    {
        var seen = await LookAsync(cluster, image, ct);
        if (seen is not { Facts: null, Problem: null })
        {
            return seen;
        }

        await AwaitEndAsync(ct);
        return await LookAsync(cluster, image, ct);
    }

    /// <summary>
    /// Waits up to <paramref name="limit"/> for the running examinations; that of an image which has to be pulled may take minutes.
    /// </summary>
    /// <returns>Whether they have ended.</returns>
    public async Task<bool> HaveEndedAsync(TimeSpan limit, TimeProvider clock, CancellationToken ct)
    {
        try
        {
            await AwaitEndAsync(ct).WaitAsync(limit, clock, ct);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Waits for the running examinations.</summary>
    private async Task AwaitEndAsync(CancellationToken ct)
    {
        foreach (var examination in examined.Values)
        {
            await ((Task)examination).WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<ImageSeen> ExamineAsync(ClusterKey cluster, string image, string id, CancellationToken ct)
    {
        var result = await oneShots.RunOneShotAsync(
            new OneShot
            {
                Cluster = cluster,
                Name = Names.Examiner(cluster.Name),
                Image = image,
                Script = ProvisioningScripts.Examine,
                Arguments = [.. StandbyLimits.Names],
                Timeout = TimeSpan.FromMinutes(1),
            },
            ct);
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (result.ExitCode != 0 || lines.Length < 3 || Version().Match(lines[2]) is not { Success: true } version
            || Number(lines[0]) is not { } uid || Number(lines[1]) is not { } gid)
        {
            return new ImageSeen(
                null,
                $"spec.image: {image} cannot run a Cortex: {(lines is [.., var last] ? QuotedText.Shorten(last) : "it has no shell")}");
        }

        var full = version.Groups["full"].Value;
        return ServerVersion.Major(full) is not { } major || !SupportedVersions.Contains(major)
                ? new ImageSeen(null, $"spec.image: {image} has PostgreSQL {full}; {SupportedVersions.Range} are supported")
            : ServerParameters.Parse(lines[3..]) is { } parameters ? new ImageSeen(
                new ImageFacts(id, full, major, uid, gid)
                {
                    Parameters = parameters,
                    BackupVersion = BackupProgram.Version(lines[3..]),
                },
                null)
            : new ImageSeen(
                null,
                $"spec.image: {image} cannot run a Cortex: its postgres does not say which parameters it has (postgres --describe-config, "
                    + $"postgres -C)");
    }

    /// <summary>Null when the text is not a number.</summary>
    private static int? Number(ReadOnlySpan<char> text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex(@"^postgres \(PostgreSQL\) (?<full>[0-9]{1,4}[\w.]{0,60})", RegexOptions.CultureInvariant)]
    private static partial Regex Version();
}
