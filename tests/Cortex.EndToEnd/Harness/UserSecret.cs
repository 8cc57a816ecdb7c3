using System.Security.Cryptography;

namespace Cortex.EndToEnd.Harness;

/// <summary>A secret that a user makes in Podman; it goes with the test.</summary>
public sealed class UserSecret : IAsyncDisposable
{
    public string Name { get; } = $"user-made-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3))}";

    /// <summary>Makes it, or gives it another content, as a user of Podman 4.3 does.</summary>
    public async Task StoreAsync(string content)
    {
        var file = Path.Combine(Machine.NewDirectory(), "secret");
        await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);
        await Podman.RunAsync("secret", "rm", Name);
        await Podman.TextAsync("secret", "create", Name, file);
        File.Delete(file);
    }

    public async ValueTask DisposeAsync() => await Podman.RunAsync("secret", "rm", Name);
}
