namespace Cortex.ApiServer.Requests;

/// <summary>What to do about unknown fields. https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation</summary>
internal enum FieldValidation
{
    Warn,
    Ignore,
    Strict,
}
