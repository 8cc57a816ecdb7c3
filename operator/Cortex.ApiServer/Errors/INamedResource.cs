namespace Cortex.ApiServer.Errors;

/// <summary>The names of a kind that refusals use.</summary>
internal interface INamedResource
{
    string Group { get; }

    string Version { get; }

    string Kind { get; }

    string Plural { get; }

    /// <summary><c>widgets.example.dev</c>, and only <c>pods</c> for the core group.</summary>
    string QualifiedPlural { get; }

    /// <summary><c>Widget.example.dev</c>, and only <c>Pod</c> for the core group.</summary>
    string QualifiedKind { get; }
}
