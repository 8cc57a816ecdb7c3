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

/// <summary><c>cortex plan -f FILE</c>: what applying the file would do. It changes nothing.</summary>
internal static class PlanCommand
{
    public static Command Create(CommandContext context)
    {
        var options = new SharedOptions();
        options.File.Required = true;
        var command = new ExampledCommand(
            "plan",
            $"Shows what applying a file would do: steps, restarts, write gap. Exit code 0: nothing to do, {ExitCodes.Changes}: changes.",
            ("plan -f my.yaml", "before apply -f my.yaml"),
            ("plan -f - < my.yaml", "from standard input")) { options.File, options.Namespace, options.Kubeconfig };
        command.SetAction(async (arguments, ct) =>
        {
            var manifests = await context.ReadManifestsAsync(arguments.GetValue(options.File)!, ct);
            using var api = context.OpenApi(arguments, options);
            var codes = new List<int>();
            foreach (var manifest in manifests)
            {
                codes.Add(await PlanAsync(context, api, manifest, arguments.GetValue(options.Namespace)!, ct));
            }

            return codes.Contains(ExitCodes.Failed) ? ExitCodes.Failed : codes.Max();
        });
        return command;
    }

    private static async Task<int> PlanAsync(CommandContext context, ClusterApi api, Manifest manifest, string ns, CancellationToken ct)
    {
        ValidatedCluster.From(manifest);
        var (key, live, applied) = await api.PreviewAsync(manifest.Content, ns, ct);
        var edited = ValidatedCluster.From(applied, manifest);
        if (live is null)
        {
            context.Screen.Print($"{key.Name} would be created: {string.Join(", ", ClusterChoice.InstancesOf(edited))}");
            return ExitCodes.Changes;
        }

        using var host = context.OpenHost(api);
        var before = await RunningAsync(host, live, edited, ct);
        var changes = FieldChange.Between(live.Spec, edited.Spec, before.Parameters);
        if (changes.Count == 0)
        {
            context.Screen.Print($"{key.Name} is already as the file says: nothing to do");
            return ExitCodes.Done;
        }

        if (live.Status?.Primary is null)
        {
            context.Screen.Print(
                ForecastText.Changes(key.Name, changes)
                    .Append("").Append("It has no primary yet: the primary will be created as the file says."));
            return ExitCodes.Changes;
        }

        var after = edited.Spec.Image == live.Spec.Image ? before : await ExamineAsync(context, host, edited, before, ct);
        var forecast = Forecast.Of(live, edited.Spec, before, after, context.Clock.GetUtcNow());
        context.Screen.Print(ForecastText.Of(key.Name, changes, forecast, live.Status));
        return forecast.Refusal is null ? ExitCodes.Changes : ExitCodes.Failed;
    }

    /// <summary>
    /// The image of the running cluster, from its status. If the edit changes a parameter: also the parameters of the image, where they are
    /// known.
    /// </summary>
    private static async Task<ImageFacts> RunningAsync(IInstanceHost host, CortexCluster live, CortexCluster edited, CancellationToken ct)
    {
        var version = live.Status?.PostgresVersion ?? "";
        var known = new ImageFacts(live.Spec.Image, version, ServerVersion.Major(version) ?? 0, 0, 0);
        return FieldChange.Between(live.Spec, edited.Spec, known.Parameters).Any(change => change.IsOfParameter)
            && await host.KnownImageAsync(live, ct) is { } seen ? known with { Parameters = seen.Parameters } : known;
    }

    private static async Task<ImageFacts> ExamineAsync(
        CommandContext context, IInstanceHost host, CortexCluster edited, ImageFacts before, CancellationToken ct)
    {
        var image = edited.Spec.Image;
        if (await host.ExamineImageAsync(edited, ct) is { } seen)
        {
            return seen.Facts
                ?? throw new CommandException(
                    seen.Problem ?? $"the image {image} cannot be examined", "build or load the image, or name another image");
        }

        context.Screen.PrintError($"cortex: {image} cannot be examined: the plan assumes PostgreSQL {before.MajorVersion}, as now");
        return before with { Id = image };
    }
}
