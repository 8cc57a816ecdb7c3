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
/// Finds an image, and examines it once: whether it has what the operator needs, and as which user it runs. A pull and the examination run
/// in the background, while other things are prepared: no pass waits for them, and an edit does not start them again.
/// </summary>
public sealed partial class ImageExaminer(IImages images, IOneShots oneShots, TimeProvider clock)
{
    /// <summary>An image that is present is found in milliseconds; one that is absent is being pulled.</summary>
    private static readonly TimeSpan SearchWaitLimit = TimeSpan.FromMilliseconds(500);

    /// <summary>The image runs a few programs and prints what they say.</summary>
    private static readonly TimeSpan ExaminationTimeout = TimeSpan.FromMinutes(1);

    /// <summary>The first lines of examine.sh: uid, gid and version.</summary>
    private const int FactLines = 3;

    private static readonly ImageSeen NotKnown = new(null, null);

    /// <summary>The running searches, by the names of the images.</summary>
    private readonly ConcurrentDictionary<string, Task<string?>> searches = new();

    /// <summary>The last examinations, by the names of the images, each with the id of the image.</summary>
    private readonly ConcurrentDictionary<string, (string Id, Task<ImageSeen> Examination)> examined = new();

    /// <summary>
    /// What is known of the image now; the first call starts the search and the examination. A new image of the same name is examined
    /// again.
    /// </summary>
    public async Task<ImageSeen> LookAsync(ClusterKey cluster, string image, CancellationToken ct)
    {
        var search = searches.GetOrAdd(image, name => images.FindImageAsync(name, CancellationToken.None));
        if (!await EndsSoonAsync(search, ct))
        {
            return NotKnown;
        }

        searches.TryRemove(KeyValuePair.Create(image, search));
        if (await search is not { } id)
        {
            return new ImageSeen(null, $"spec.image: there is no image {image}, and it could not be pulled");
        }

        var last = examined.AddOrUpdate(image, _ => Examine(), (_, known) => known.Id == id ? known : Examine());
        if (!last.Examination.IsCompleted)
        {
            return NotKnown;
        }

        try
        {
            return await last.Examination;
        }
        catch (TargetException cause)
        {
            // An image without a shell, or an error of Podman: reported now, and tried again by the next pass.
            examined.TryRemove(KeyValuePair.Create(image, last));
            return new ImageSeen(null, $"spec.image: {image} could not be examined: {cause.Message}");
        }
        catch
        {
            // A refusal of the API server says nothing about the image. If it were kept, every later call would fail, too.
            examined.TryRemove(KeyValuePair.Create(image, last));
            throw;
        }

        (string Id, Task<ImageSeen> Examination) Examine() => (id, ExamineAsync(cluster, image, id, CancellationToken.None));
    }

    /// <summary>The same, after the search and the examination have ended.</summary>
    public async Task<ImageSeen> SeeAsync(ClusterKey cluster, string image, CancellationToken ct)
    {
        while (true)
        {
            if (await LookAsync(cluster, image, ct) is var seen and not { Facts: null, Problem: null })
            {
                return seen;
            }

            await AwaitEndAsync(image, ct);
        }
    }

    /// <summary>Waits up to <paramref name="limit"/> for what the facts about an image wait for; a pull may take minutes.</summary>
    /// <returns>Whether it has ended.</returns>
    public async Task<bool> HaveEndedAsync(string image, TimeSpan limit, CancellationToken ct)
    {
        try
        {
            await AwaitEndAsync(image, ct).WaitAsync(limit, clock, ct);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task AwaitEndAsync(string image, CancellationToken ct)
    {
        Task? task = searches.TryGetValue(image, out var search) ? search
            : examined.TryGetValue(image, out var last) ? last.Examination
            : null;
        if (task is not null)
        {
            await task.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ct.ThrowIfCancellationRequested();
        }
    }

    private async Task<bool> EndsSoonAsync(Task search, CancellationToken ct)
    {
        if (!search.IsCompleted)
        {
            await Task.WhenAny(search, Task.Delay(SearchWaitLimit, clock, ct));
        }

        ct.ThrowIfCancellationRequested();
        return search.IsCompleted;
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
                Timeout = ExaminationTimeout,
            },
            ct);
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (result.IsEndedBySignal || (result.ExitCode == 0 && lines.Length < FactLines))
        {
            // It was interrupted, as when its cluster is deleted: that says nothing about the image, which other clusters have, too.
            throw new TargetException(
                string.Create(CultureInfo.InvariantCulture, $"the examination ended with exit code {result.ExitCode}: {result.LastLines}"));
        }

        if (result.ExitCode != 0 || Version().Match(lines[2]) is not { Success: true } version
            || Number(lines[0]) is not { } uid || Number(lines[1]) is not { } gid)
        {
            return new ImageSeen(
                null,
                $"spec.image: {image} cannot run a Cortex: {(lines is [.., var last] ? QuotedText.Shorten(last) : "it has no shell")}");
        }

        var full = version.Groups["full"].Value;
        return ServerVersion.Major(full) is not { } major || !SupportedVersions.Contains(major)
                ? new ImageSeen(null, $"spec.image: {image} has PostgreSQL {full}; {SupportedVersions.Range} are supported")
            : ServerParameters.Parse(lines[FactLines..]) is { } parameters ? new ImageSeen(
                new ImageFacts(id, full, major, uid, gid)
                {
                    Parameters = parameters,
                    BackupVersion = BackupProgram.Version(lines[FactLines..]),
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
