using System.CommandLine;

namespace Cortex.Cli.Parsing;

/// <summary>The format in which a command prints its result.</summary>
public enum OutputForm
{
    Text,
    Json,
}

/// <summary>Options that several commands take. Their names and descriptions are the same in each command.</summary>
internal sealed class SharedOptions
{
    public Option<string?> Kubeconfig { get; } = new("--kubeconfig")
    {
        Description = "The kubeconfig of the API to use. Default: the embedded API that `up` started.",
        HelpName = "FILE",
    };

    public Option<string> Namespace { get; } = new("--namespace", "-n")
    {
        Description = "The namespace of the resource.",
        HelpName = "NAMESPACE",
        DefaultValueFactory = _ => "default",
    };

    public Option<OutputForm> Output { get; } = new("--output", "-o")
    {
        Description = "text for people, json for programs.",
        HelpName = "text|json",
        DefaultValueFactory = _ => OutputForm.Text,
    };

    public Option<string?> File { get; } = new("--filename", "-f")
    {
        Description = "A YAML file with one or more resources; - for standard input.",
        HelpName = "FILE",
    };
}
