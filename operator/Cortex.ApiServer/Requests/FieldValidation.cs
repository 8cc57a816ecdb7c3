namespace Cortex.ApiServer.Requests;

/// <summary>The treatment of unknown fields. https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation</summary>
internal enum FieldValidation
{
    Warn,
    Ignore,
    Strict,
}
