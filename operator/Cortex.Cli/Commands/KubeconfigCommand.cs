using System.CommandLine;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex kubeconfig</c>: how kubectl gets in.</summary>
internal static class KubeconfigCommand
{
    public static Command Create(Surroundings here)
    {
        var content = new Option<bool>("--content") { Description = "Print the file itself. It opens the API: treat it as a password." };
        var path = new Option<bool>("--path") { Description = "Print where the file is (the default)." };
        var command = new Verb(
            "kubeconfig",
            "Prints where the kubeconfig of the embedded API is.",
            ("kubeconfig", "the path; export KUBECONFIG=$(… kubeconfig) sets up kubectl"),
            ("kubeconfig --content", "the file itself, which holds a token")) { content, path };
        command.Validators.Add(result =>
        {
            if (result.GetValue(content) && result.GetValue(path))
            {
                result.AddError("--path and --content exclude each other");
            }
        });
        command.SetAction(arguments =>
        {
            // Opened, not asked: a damaged file is said here rather than by the kubectl that gets it.
            using var api = here.OpenOwnApi();
            here.Screen.Say(arguments.GetValue(content) ? File.ReadAllText(here.State.Kubeconfig).TrimEnd() : here.State.Kubeconfig);
            return ExitCodes.Done;
        });
        return command;
    }
}
