using System.CommandLine;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex kubeconfig</c>: the file with which kubectl reaches the embedded API.</summary>
internal static class KubeconfigCommand
{
    public static Command Create(CommandContext context)
    {
        var content = new Option<bool>("--content")
        {
            Description = "Print the content of the file. It gives access to the API: treat it like a password.",
        };
        var path = new Option<bool>("--path") { Description = "Print the path of the file (the default)." };
        var command = new ExampledCommand(
            "kubeconfig",
            "Prints the path of the kubeconfig of the embedded API.",
            ("kubeconfig", "the path; export KUBECONFIG=$(… kubeconfig) sets up kubectl"),
            ("kubeconfig --content", "the content of the file, which includes a token")) { content, path };
        command.Validators.Add(result =>
        {
            if (result.GetValue(content) && result.GetValue(path))
            {
                result.AddError("--path and --content exclude each other");
            }
        });
        command.SetAction(arguments =>
        {
            // Reads the file without a request: a damaged file is reported here, not later by kubectl.
            using var api = context.OpenOwnApi();
            context.Screen.Print(
                arguments.GetValue(content) ? File.ReadAllText(context.State.Kubeconfig).TrimEnd() : context.State.Kubeconfig);
            return ExitCodes.Done;
        });
        return command;
    }
}
