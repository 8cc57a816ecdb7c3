using System.CommandLine;
using Cortex.Cli.Api;
using Cortex.Cli.Files;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Observe;
using k8s;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex render -f FILE</c>: the YAML of the instances' pods.</summary>
internal static class RenderCommand
{
    public static Command Create(CommandContext context)
    {
        var options = new SharedOptions();
        options.File.Required = true;
        var uid = new Option<int?>("--uid")
        {
            Description = "User id of postgres in the image; default: read from the image.",
            HelpName = "ID",
        }.Within(0);
        var gid = new Option<int?>("--gid")
        {
            Description = "Group id of postgres in the image; default: the user id.",
            HelpName = "ID",
        }.Within(0);
        var command = new ExampledCommand(
            "render",
            "Prints the YAML that podman kube play gets, one document for each instance. Changes nothing.",
            ("render -f manifests/samples/cortex.yaml", "reads the user id of postgres from the image"),
            ("render -f my.yaml --uid 999", "without Podman")) { options.File, uid, gid, options.Namespace };
        command.SetAction(async (arguments, ct) =>
        {
            var manifests = await context.ReadManifestsAsync(arguments.GetValue(options.File)!, ct);
            var pods = new List<string>();
            foreach (var cluster in manifests.Select(ValidatedCluster.From))
            {
                cluster.Metadata.NamespaceProperty ??= arguments.GetValue(options.Namespace);
                var image = arguments.GetValue(uid) is { } user
                    ? Assumed(user, arguments.GetValue(gid) ?? user)
                    : await ExamineAsync(context, cluster, ct);
                pods.AddRange(Render(cluster, image));
            }

            context.Screen.Output.Write(string.Join("---\n", pods));
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>One document for each instance, each with a final line break.</summary>
    internal static IEnumerable<string> Render(CortexCluster cluster, ImageFacts image) => ClusterChoice.InstancesOf(cluster)
        .Select(instance => InstancePod.Render(cluster.Key(), cluster.Spec, instance, image))
        .Select(pod => KubernetesYaml.Serialize(pod).TrimEnd() + "\n");

    private static ImageFacts Assumed(int uid, int gid) => new("", "", 0, uid, gid);

    private static async Task<ImageFacts> ExamineAsync(CommandContext context, CortexCluster cluster, CancellationToken ct)
    {
        using var podman = context.OpenPodman();
        var seen = await new ImageExaminer(podman, podman, context.Clock).SeeAsync(cluster.Key(), cluster.Spec.Image, ct);
        return seen.Facts
            ?? throw new CommandException(
                seen.Problem ?? $"the image {cluster.Spec.Image} cannot be examined", "build or load the image, or pass --uid and --gid");
    }
}
