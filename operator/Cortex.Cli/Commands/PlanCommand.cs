using System.CommandLine;
using Cortex.Cli.Access;
using Cortex.Cli.Api;
using Cortex.Cli.Console;
using Cortex.Cli.Files;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Core.Api;
using Cortex.Core.Planning.Forecasts;
using Cortex.Core.Postgres;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex plan -f FILE</c>: what applying the file would do. It reads only.</summary>
internal static class PlanCommand
{
    public static Command Create(Surroundings here)
    {
        var options = new SharedOptions();
        options.File.Required = true;
        var command = new Verb(
            "plan",
            $"Says what applying a file would do to its clusters: steps, restarts, the write gap. Nothing is changed. Exit code 0: nothing to do, {ExitCodes.Changes}: changes.",
            ("plan -f my.yaml", "before apply -f my.yaml"),
            ("plan -f - < my.yaml", "from standard input")) { options.File, options.Namespace, options.Kubeconfig };
        command.SetAction(async (arguments, ct) =>
        {
            var manifests = await Manifests.ReadAsync(arguments.GetValue(options.File)!, System.Console.In, ct);
            using var api = here.OpenApi(arguments, options);
            var codes = new List<int>();
            foreach (var manifest in manifests)
            {
                codes.Add(await PlanAsync(here, api, manifest, arguments.GetValue(options.Namespace)!, ct));
            }

            return codes.Contains(ExitCodes.Failed) ? ExitCodes.Failed : codes.Max();
        });
        return command;
    }

    private static async Task<int> PlanAsync(Surroundings here, ClusterApi api, Manifest manifest, string ns, CancellationToken ct)
    {
        Planned.From(manifest);
        var (key, live, applied) = await api.PreviewAsync(manifest.Content, ns, ct);
        var edited = Planned.From(applied, manifest);
        if (live is null)
        {
            here.Screen.Say($"{key.Name} would be created: {string.Join(", ", ClusterChoice.InstancesOf(edited))}");
            return ExitCodes.Changes;
        }

        using var host = here.OpenHost(api);
        var before = await RunningAsync(host, live, edited, ct);
        var changes = FieldChange.Between(live.Spec, edited.Spec, before.Parameters);
        if (changes.Count == 0)
        {
            here.Screen.Say($"{key.Name} is as the file says: nothing to do");
            return ExitCodes.Done;
        }

        if (live.Status?.Primary is null)
        {
            here.Screen.Say(ForecastText.Changes(key.Name, changes).Append("").Append("It has no primary yet: it is made as the edited file says."));
            return ExitCodes.Changes;
        }

        var after = edited.Spec.Image == live.Spec.Image ? before : await ExamineAsync(here, host, edited, before, ct);
        var forecast = Forecast.Of(live, edited.Spec, before, after, here.Clock.GetUtcNow());
        here.Screen.Say(ForecastText.Of(key.Name, changes, forecast, live.Status));
        return forecast.Refusal is null ? ExitCodes.Changes : ExitCodes.Failed;
    }

    /// <summary>As status says it. Of its parameters, where the edit changes one, what the image itself says if that is known.</summary>
    private static async Task<ImageFacts> RunningAsync(IInstanceHost host, CortexCluster live, CortexCluster edited, CancellationToken ct)
    {
        var version = live.Status?.PostgresVersion ?? "";
        var known = new ImageFacts(live.Spec.Image, version, ServerVersion.Major(version) ?? 0, 0, 0);
        return FieldChange.Between(live.Spec, edited.Spec, known.Parameters).Any(change => change.IsOfParameter)
            && await host.KnownImageAsync(live, ct) is { } seen ? known with { Parameters = seen.Parameters } : known;
    }

    private static async Task<ImageFacts> ExamineAsync(Surroundings here, IInstanceHost host, CortexCluster edited, ImageFacts before, CancellationToken ct)
    {
        var image = edited.Spec.Image;
        if (await host.ExamineImageAsync(edited, ct) is { } seen)
        {
            return seen.Facts ?? throw new CommandException(seen.Problem ?? $"nothing is known of {image}", "build or load the image, or name another");
        }

        here.Screen.Remark($"cortex: {image} is not looked into: the plan takes it to have PostgreSQL {before.MajorVersion}, as now");
        return before with { Id = image };
    }
}
