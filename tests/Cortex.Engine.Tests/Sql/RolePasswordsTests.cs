using System.Text;
using Cortex.Core.Api;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Tests.Sql;

public sealed class RolePasswordsTests
{
    private static readonly ClusterKey Key = new("default", "c");

    [Theory]
    [InlineData("", "good", "c-superuser")]
    [InlineData("good", "", "c-app")]
    [InlineData("a\nb", "good", "c-superuser")]
    [InlineData("good", "with a line end\n", "c-app")]
    [InlineData("good", "é", "c-app")]
    public void A_secret_without_a_password_is_named_with_the_next_step(string superuser, string application, string secret)
    {
        var refusal = Assert.Throws<TargetException>(() => Passwords(superuser, application).Demand(Key));

        Assert.StartsWith(
            $"the secret {secret} does not hold a password of only printable ASCII characters", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("; remove it,", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Printable_characters_are_a_password()
    {
        var passwords = Passwords("a b", "~!");

        Assert.Same(passwords, passwords.Demand(Key));
    }

    private static RolePasswords Passwords(string superuser, string application) => RolePasswords.From(
        Key, new Dictionary<string,
        byte[]> { ["c-superuser"] = Encoding.UTF8.GetBytes(superuser), ["c-app"] = Encoding.UTF8.GetBytes(application) })!;
}
