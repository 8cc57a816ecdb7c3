using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cortex.ApiServer.Errors;

namespace Cortex.ApiServer.Schemas;

/// <summary>
/// Rules about names and labels, in the words of k8s.io/apimachinery/pkg/util/validation.
/// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
/// </summary>
internal static partial class MetadataRules
{
    /// <summary>Bytes of all keys and values together.</summary>
    private const int MaxAnnotationBytes = 256 * 1024;

    private const string Subdomain =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
        + "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    private const string Label =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
        + "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    private const string LabelValue =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
        + "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
        + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private const string QualifiedName =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
        + "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    /// <param name="isNamespace">The name of a namespace is a label, the name of any other object is a subdomain.</param>
    public static IReadOnlyList<FieldError> Check(JsonObject metadata, bool isNamespace)
    {
        var errors = new List<FieldError>();
        CheckName(metadata, isNamespace, errors);
        if (metadata["labels"] is JsonObject labels)
        {
            CheckLabels(labels, errors);
        }

        if (metadata["annotations"] is JsonObject annotations)
        {
            CheckAnnotations(annotations, errors);
        }

        if (metadata["ownerReferences"] is JsonArray owners)
        {
            OwnerRules.Check(owners, errors);
        }

        if (metadata["finalizers"] is JsonArray finalizers)
        {
            CheckFinalizers(finalizers, errors);
        }

        return errors;
    }

    // The rules for keys of labels apply, except for the case.
    private static void CheckAnnotations(JsonObject annotations, List<FieldError> errors)
    {
        errors.AddRange(
            annotations
                .Where(annotation => !IsQualifiedName(annotation.Key.ToLowerInvariant()))
                .Select(annotation => FieldError.Invalid("metadata.annotations", annotation.Key, QualifiedName)));
        if (annotations.Sum(
            annotation => (long)Encoding.UTF8.GetByteCount(annotation.Key) + Encoding.UTF8.GetByteCount(
                annotation.Value?.ToString() ?? "")) > MaxAnnotationBytes)
        {
            errors.Add(FieldError.TooLong("metadata.annotations", MaxAnnotationBytes));
        }
    }

    private static void CheckFinalizers(JsonArray finalizers, List<FieldError> errors)
    {
        string[] names = [.. finalizers.Select(finalizer => finalizer?.ToString() ?? "")];
        errors.AddRange(
            names.Where(name => !IsQualifiedName(name)).Select(name => FieldError.Invalid("metadata.finalizers", name, QualifiedName)));
        if (names.Contains("orphan") && names.Contains("foregroundDeletion"))
        {
            errors.Add(FieldError.Invalid("metadata.finalizers", finalizers, "finalizer orphan and foregroundDeletion cannot be both set"));
        }
    }

    private static void CheckName(JsonObject metadata, bool isNamespace, List<FieldError> errors)
    {
        var name = metadata.Text("name");
        if (string.IsNullOrEmpty(name))
        {
            errors.Add(FieldError.Required("metadata.name", "name or generateName is required"));
            return;
        }

        var (pattern, longest, why) = isNamespace ? (LabelPattern(), 63, Label) : (SubdomainPattern(), 253, Subdomain);
        if (name.Length > longest)
        {
            errors.Add(FieldError.Invalid("metadata.name", name, $"must be no more than {longest} characters"));
        }

        if (!pattern.IsMatch(name))
        {
            errors.Add(FieldError.Invalid("metadata.name", name, why));
        }
    }

    private static void CheckLabels(JsonObject labels, List<FieldError> errors)
    {
        foreach (var (key, value) in labels)
        {
            var text = value?.ToString() ?? "";
            if (!IsQualifiedName(key))
            {
                errors.Add(FieldError.Invalid("metadata.labels", key, QualifiedName));
            }

            if (text.Length > 63)
            {
                errors.Add(FieldError.Invalid("metadata.labels", text, "must be no more than 63 characters"));
            }

            if (!LabelValuePattern().IsMatch(text))
            {
                errors.Add(FieldError.Invalid("metadata.labels", text, LabelValue));
            }
        }
    }

    private static bool IsQualifiedName(string key) => key.Split('/') switch
    {
        [var name] => NamePart(name),
        [var prefix, var name] => NamePart(name) && prefix.Length <= 253 && SubdomainPattern().IsMatch(prefix),
        _ => false,
    };

    private static bool NamePart(string name) => name.Length is > 0 and <= 63 && LabelValuePattern().IsMatch(name);

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex SubdomainPattern();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex LabelPattern();

    [GeneratedRegex(@"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\z")]
    private static partial Regex LabelValuePattern();
}
