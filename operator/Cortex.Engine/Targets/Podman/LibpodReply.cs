using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Cortex.Engine.Targets.Podman;

/// <summary>Podman's answer: the status and the body, which for a refusal is <c>{cause, message, response}</c>.</summary>
/// <param name="IsCut">The body is the beginning of a longer one.</param>
public sealed record LibpodReply(int Status, ReadOnlyMemory<byte> Body, bool IsCut = false)
{
    /// <summary>Parts of Podman's messages, and their remedies.</summary>
    private static readonly (string Piece, string Remedy)[] Remedies =
    [
        ("address already in use", "the port is taken: end what listens there or choose another spec.podman.basePort"),
        ("cannot assign requested address", "spec.podman.bindAddress is not an address of this machine"),
        ("image not known", "build or load the image named in spec.image"),
        ("no such image", "build or load the image named in spec.image"),
        ("no space left", "free some disk space"),
        ("cgroups in hybrid mode", "let `cortex doctor` choose a runtime that can do hybrid cgroups"),
        ("RLIMIT", "let `cortex doctor` lower the default limits"),
        ("/dev/net/tun", "make /dev/net/tun readable and writable for this user"),
        ("is being used", "remove the containers that use it"),
        ("in use by", "remove the containers that use it"),
    ];

    public bool Succeeded => Status is >= 200 and < 300;

    /// <summary>The object already had the requested state.</summary>
    public bool Unchanged => Status == 304;

    public bool Missing => Status == 404;

    /// <summary>Whether Podman refused because the name is taken. The status is 409 or 500, depending on the endpoint.</summary>
    public bool AlreadyThere => !Succeeded
        && (Message.Contains("already exists", StringComparison.Ordinal) || Message.Contains("in use", StringComparison.Ordinal));

    /// <summary>Podman's own message.</summary>
    public string Message => Read();

    public T Read<T>(JsonTypeInfo<T> type)
    {
        if (IsCut)
        {
            throw new TargetException(
                $"Podman's answer is longer than {Body.Length / (1024 * 1024)} MiB, too long for {typeof(T).Name}",
                "look at what `podman ps --all` lists");
        }

        try
        {
            return JsonSerializer.Deserialize(Body.Span, type) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new TargetException($"Podman's answer is not {typeof(T).Name} ({e.Message})", "is this Podman between 4.3.1 and 6?", e);
        }
    }

    /// <summary>Returns the reply of a successful request.</summary>
    /// <param name="what">The request, as in <c>create volume a-data</c>.</param>
    /// <exception cref="TargetException">Podman refused.</exception>
    public LibpodReply OrThrow(string what) => Succeeded || Unchanged ? this : throw Refusal(what);

    public TargetException Refusal(string what) => Refusal(what, Message);

    public static TargetException Refusal(string what, string message)
    {
        var remedy = Remedies.FirstOrDefault(row => message.Contains(row.Piece, StringComparison.OrdinalIgnoreCase)).Remedy;
        return new TargetException($"Podman did not {what}: {message}", remedy ?? "`cortex doctor` looks for the usual causes");
    }

    private string Read()
    {
        try
        {
            var error = JsonSerializer.Deserialize(Body.Span, LibpodJson.Default.LibpodError);
            if (error is { Errors: { Count: > 0 } several })
            {
                return string.Join("; ", several);
            }

            return error?.Message ?? error?.Cause ?? $"status {Status}";
        }
        catch (JsonException)
        {
            var text = Encoding.UTF8.GetString(Body.Span).Trim();
            return text.Length > 0 ? text[..Math.Min(text.Length, 500)] : $"status {Status}";
        }
    }
}
