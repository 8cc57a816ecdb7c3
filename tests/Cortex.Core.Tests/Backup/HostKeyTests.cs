using Cortex.Core.Backup;

namespace Cortex.Core.Tests.Backup;

/// <summary>The key of a server, as users copy it. Fingerprints are those of ssh-keygen -l.</summary>
public sealed class HostKeyTests
{
    private const string Ecdsa =
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBBM0+tttCI0UeP9sk81hsUdPQ/zVwETCQHtJ0H"
        + "MHRpP5NqLoIICQH80st5exMj3p3OBYGE59pZJHqSr3PozGhhk=";
    private const string Ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFXcSG0BVQ0SGydIX85qW2qA3SiF+KCMTiuQlcWgUzQs";
    private const string OfEcdsa = "SHA256:o6UvRAdmhyfSxS4ibl43kCo973kG0fN4Vm0nTXJMd4k";
    private const string OfEd25519 = "SHA256:b7B6Hc3fscYt1cEoGUHRkwe8V48xuvD7m1GnIzD2pr8";

    [Theory]
    [InlineData($"10.89.0.2 {Ecdsa}", OfEcdsa)]
    [InlineData($"[10.89.0.2]:2222 {Ed25519}\n", OfEd25519)]
    [InlineData($"{Ed25519} root@backup", OfEd25519)]
    [InlineData($" {OfEd25519}\n", OfEd25519)]
    [InlineData($"256 {OfEd25519} root@backup (ED25519)\n", OfEd25519)]
    [InlineData($"# h:22 SSH-2.0\nh {Ed25519}\r\nh {Ecdsa}\r\n", OfEcdsa)]
    [InlineData($"h {Ecdsa}\nh {Ed25519}", OfEcdsa)]
    [InlineData($"h sk-ssh-ed25519@openssh.com AAAAGnNr\nh {Ed25519}", OfEd25519)]
    public void Of_several_keys_the_one_is_compared_that_the_server_proves_itself_with(string text, string fingerprint)
    {
        var digits = HostKey.Digest(text);

        Assert.NotNull(digits);
        Assert.Matches("^[0-9a-f]{64}$", digits);
        Assert.Equal(fingerprint, HostKey.Fingerprint(digits));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("SHA256:o6UvRAdmhyfSxS4ibl43kCo973kG0fN4Vm0nTXJMd4")]
    [InlineData($"{OfEcdsa}\nrepo1-sftp-host-key-check-type=none")]
    [InlineData("MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48")]
    [InlineData("a3a52f4407668727d2c52e226e5e37902a3def7906d1f378566d274d724c7789")]
    [InlineData("h ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFXcSG0BVQ0SGydIX85qW2qA3SiF+KCMTiuQlcWg")]
    [InlineData("h ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIFXcSG0BVQ0SGydIX85qW2qA3SiF+KCMTiuQlcWgUzQs")]
    [InlineData("h ssh-ed25519 AAAAC3NzaC1lZDI1NTE5")]
    [InlineData("h ssh-rsa AAAA/////w==")]
    [InlineData("h sk-ssh-ed25519@openssh.com AAAAGnNr")]
    [InlineData($"h {Ed25519}\nanything")]
    public void What_is_no_whole_key_is_refused(string? text) => Assert.Null(HostKey.Digest(text));
}
