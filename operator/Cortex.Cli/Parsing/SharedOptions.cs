using System.CommandLine;

namespace Cortex.Cli.Parsing;

/// <summary>How a command prints what it found.</summary>
public enum OutputForm
{
    Text,
    Json,
}

/// <summary>Options that several commands take, so that they are called and explained the same everywhere.</summary>
internal sealed class SharedOptions
{
    public Option<string?> Kubeconfig { get; } = new("--kubeconfig")
    {
        Description = "The API to speak to. Default: the one that `up` started.",
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
        Description = "A YAML file with one resource or several; - for standard input.",
        HelpName = "FILE",
    };
}
