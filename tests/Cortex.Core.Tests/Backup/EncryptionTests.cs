using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Manifests;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Core.Tests.Builders;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Backup;

/// <summary>Backups are encrypted with the passphrase in a secret of the user, or nothing is archived.</summary>
public sealed class EncryptionTests
{
    private const string Field = "spec.backup.encryption.passphraseSecret";

    private static readonly ImageFacts Able = Image with { BackupVersion = "2.55.1" };

    private static readonly ClusterSpec Spec = With(new() { PassphraseSecret = "passphrase" });

    private static readonly ArchiveSeen Archive = new("000000010000000000000003", false, null, 0)
    {
        Repository = new RepositorySeen(true, [], "000000010000000000000003"),
    };

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("../a")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("cortex-ca")]
    [InlineData("a-name-of-64-characters-is-longer-than-podman-4.3-accepts-for-it.")]
    public void A_name_that_is_not_that_of_a_users_secret_is_refused_by_its_field(string? secret) =>
        Assert.Equal(Field, Assert.Single(Validity.Of(Cluster(With(new() { PassphraseSecret = secret })))).Path);

    [Fact]
    public void On_Kubernetes_it_is_accepted_as_on_Podman() => Assert.Empty(Admission.Judge(null, Cluster(Spec)).Refused);

    /// <summary>The file is an argument of a container: it names the secret, and the container puts the content there.</summary>
    [Fact]
    public void The_configuration_asks_for_encryption_and_names_the_secret_instead_of_having_it()
    {
        var lines = RepositoryFile.Render(Key, "u", Spec)!.Split('\n');
        var source = RepositoryFile.RenderSource("/folder", RepositoryAccess.Of(Spec)).Split('\n');

        Assert.All([lines, source], file => Assert.Contains("repo1-cipher-type=aes-256-cbc", file));
        Assert.All([lines, source], file => Assert.Contains("repo1-cipher-pass=@passphrase", file));
    }

    [Fact]
    public void Another_version_of_the_secret_is_another_configuration()
    {
        string[] revisions = [.. new[] { Versions(), Versions("1"), Versions("2") }.Select(Revision)];

        Assert.Equal(3, revisions.Distinct().Count());
    }

    [Fact]
    public void A_missing_secret_is_said_with_the_command_that_makes_it()
    {
        var condition = Report(Archive, Versions());

        Assert.Equal(("False", Reasons.SecretMissing), (condition.Status, condition.Reason));
        Assert.StartsWith($"{Field}: there is no secret passphrase", condition.Message, StringComparison.Ordinal);
        Assert.Contains("podman secret create passphrase FILE", condition.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_that_is_no_passphrase_is_said_by_its_field()
    {
        var failing = Archive with { IsFailing = true, Words = "[037]: archive-push command requires option: repo1-cipher-pass" };

        var condition = Report(failing, Versions("1"));

        Assert.Equal(("False", Reasons.SecretUnusable), (condition.Status, condition.Reason));
        Assert.StartsWith(Field, condition.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[103]: unable to find a valid repository: CryptoError: cipher header invalid")]
    [InlineData("[103]: unable to find a valid repository: repo1: [FormatError] unable to load info file '/a' or '/b':")]
    [InlineData("[103]: unable to find: FormatError: key/value found outside of section at line 1: \ufffd\ufffd")]
    public void A_wrong_passphrase_is_said_without_the_bytes_that_came_out(string words)
    {
        var condition = Report(Archive with { IsFailing = true, Repository = null, Words = words }, Versions("1"));

        Assert.Equal(("False", Reasons.EncryptionMismatch), (condition.Status, condition.Reason));
        Assert.Contains("in the secret passphrase", condition.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\ufffd', condition.Message);
    }

    [Fact]
    public void A_repository_that_cannot_be_opened_is_said_before_a_segment_fails() =>
        Assert.Equal(Reasons.EncryptionMismatch, Report(Archive with { Repository = null, IsLocked = true }, Versions("1")).Reason);

    [Fact]
    public void With_its_secret_an_encrypted_archive_is_like_any_other() => Assert.Equal("True", Report(Archive, Versions("1")).Status);

    [Theory]
    [InlineData("one line\n", "one line")]
    [InlineData("a#b=c@d %s \\n 'e' $f", "a#b=c@d %s \\n 'e' $f")]
    [InlineData("", null)]
    [InlineData("\n", null)]
    [InlineData("two\nlines", null)]
    [InlineData(" blank", null)]
    [InlineData("blank ", null)]
    [InlineData("carriage return\r\n", null)]
    [InlineData(null, null)]
    public async Task A_container_puts_the_secret_into_the_file_or_leaves_its_line_out(string? content, string? filled)
    {
        var secrets = Directory.CreateTempSubdirectory("cortex-secrets-").FullName;
        if (content is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(secrets, "user-passphrase"), content, TestContext.Current.CancellationToken);
        }

        var script = ProvisioningScripts.FillSecrets.Replace("/run/secrets", secrets, StringComparison.Ordinal);
        var result = await Tool.RunAsync(
            "sh", ["-c", $"set -eu\n{script}printf '%s' \"$1\" | fill_secrets", "fill", "[global]\na=b\npass=@passphrase\nc=d\n"]);

        Directory.Delete(secrets, recursive: true);
        Assert.Equal(filled is null ? "[global]\na=b\nc=d" : $"[global]\na=b\npass={filled}\nc=d", result.Text());
    }

    private static ClusterSpec With(EncryptionSpec encryption) =>
        new() { Backup = new() { Repository = new() { Directory = new() { Volume = "backups" } }, Encryption = encryption } };

    private static Dictionary<string, string> Versions(string? version = null) =>
        version is null ? [] : new() { ["passphrase"] = version };

    private static Observation Seen(ArchiveSeen? archive, Dictionary<string, string> secrets) =>
        Sound(2, Spec) with { Image = new ImageSeen(Able, null), Archive = archive, BackupSecrets = secrets };

    private static string Revision(Dictionary<string, string> secrets) =>
        WantedConfiguration.Revision(new Situation(Cluster(Spec, Led()), Seen(null, secrets), Now), Pr)!;

    private static Condition Report(ArchiveSeen archive, Dictionary<string, string> secrets)
    {
        var (cluster, seen) = (Cluster(Spec, Led()), Seen(archive, secrets));
        var status = StatusReport.Build(new Situation(cluster, seen, Now), Plan(cluster, seen), new PassOutcome(null, null));
        return Assert.Single(status.Conditions, condition => condition.Type == ConditionTypes.Archiving);
    }
}
