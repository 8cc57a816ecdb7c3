using System.Security.Cryptography;

namespace Cortex.EndToEnd.Harness;

/// <summary>A secret that a user makes where the instances run; it goes with the test.</summary>
public sealed class UserSecret(TestTarget target) : IAsyncDisposable
{
    private bool exists;

    public string Name { get; } = $"user-made-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3))}";

    /// <summary>Makes it, or gives it another content.</summary>
    public async Task StoreAsync(params (string Entry, string Value)[] entries)
    {
        await target.StoreUserSecretAsync(Name, entries);
        exists = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (exists)
        {
            await target.RemoveSecretAsync(Name);
        }
    }
}
