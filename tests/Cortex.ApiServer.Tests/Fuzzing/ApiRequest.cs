using System.Text;

namespace Cortex.ApiServer.Tests.Fuzzing;

/// <param name="Type">The media type of the body.</param>
internal sealed record ApiRequest(string Method, string Path, string Query, string Type, string Accept, byte[] Body)
{
    public HttpRequestMessage Message()
    {
        var message = new HttpRequestMessage(new(Method), new Uri(Query.Length > 0 ? $"{Path}?{Query}" : Path, UriKind.Relative));
        message.Headers.TryAddWithoutValidation("Accept", Accept);
        if (Body.Length > 0)
        {
            message.Content = new ByteArrayContent(Body);
            message.Content.Headers.TryAddWithoutValidation("Content-Type", Type);
        }

        return message;
    }

    public override string ToString() => $"{Method} {Path}?{Query} ({Type}, accepts {Accept}) {Encoding.UTF8.GetString(Body)}";
}
