using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Restoring;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Restoring;

/// <summary>What a user may ask to be restored.</summary>
public sealed class RestoreRulesTests
{
    private const string Field = "spec.bootstrap.fromBackup";

    private static readonly RepositorySpec Repository = new() { Directory = new() { Volume = "backups" } };

    public static TheoryData<string, FromBackupSpec> Invalid => new()
    {
        { Field, new() },
        { Field, new() { Cluster = "source", Folder = "default/source/u" } },
        { Field, new() { Cluster = "source", Repository = Repository } },
        { Field, new() { Repository = Repository } },
        { Field, new() { Cluster = "source", Encryption = new() { PassphraseSecret = "a" } } },
        { $"{Field}.encryption.passphraseSecret", new() { Folder = "a/b/c", Repository = Repository, Encryption = new() } },
        { Field, new() { Folder = "default/source/u" } },
        { Field, new() { Folder = "default/source/u", Repository = new() } },
        { $"{Field}.cluster", new() { Cluster = "cortex" } },
        { $"{Field}.cluster", new() { Cluster = "../source" } },
        { $"{Field}.cluster", new() { Cluster = new string('a', 41) } },
        { $"{Field}.repository.directory.volume", InVolume("../etc") },
        { $"{Field}.repository.directory.volume", InVolume("cortex-pr-data") },
        { $"{Field}.folder", new() { Folder = "../b/c", Repository = Repository } },
        { $"{Field}.folder", new() { Folder = "a/../c", Repository = Repository } },
        { $"{Field}.folder", new() { Folder = "a/b", Repository = Repository } },
        { $"{Field}.folder", new() { Folder = "/etc/b/c/d", Repository = Repository } },
        { $"{Field}.folder", new() { Folder = "a/b/c\n", Repository = Repository } },
        { $"{Field}.target", From(new() { Time = "2026-01-01T00:00:00Z", Lsn = "0/1" }) },
        { $"{Field}.target", From(new() { RestorePoint = "a", Lsn = "0/1" }) },
        { $"{Field}.target.exclusive", From(new() { Exclusive = true }) },
        { $"{Field}.target.exclusive", From(new() { Exclusive = true, RestorePoint = "a" }) },
        { $"{Field}.target.time", From(new() { Time = "2026-01-01 00:00:00" }) },
        { $"{Field}.target.time", From(new() { Time = "2026-02-30T00:00:00Z" }) },
        { $"{Field}.target.time", From(new() { Time = "2026-01-01T00:00:00Z\n" }) },
        { $"{Field}.target.lsn", From(new() { Lsn = "0/G" }) },
        { $"{Field}.target.restorePoint", From(new() { RestorePoint = "a\nb" }) },
        { $"{Field}.target.backup", From(new() { Backup = "latest" }) },
        { $"{Field}.target.backup", From(new() { Backup = "20260101-100000F_20260101-110000X" }) },
    };

    [Theory, MemberData(nameof(Invalid))]
    public void What_is_wrong_with_a_request_is_said_by_its_field(string path, FromBackupSpec from) =>
        Assert.Equal(path, Assert.Single(Validity.Of(Cluster(Spec(from)))).Path);

    [Fact]
    public void A_request_without_a_source_is_refused_by_its_field() =>
        Assert.Equal(Field, Assert.Single(Validity.Of(Cluster(new() { Bootstrap = new() }))).Path);

    public static TheoryData<FromBackupSpec> Sound =>
    [
        From(new()),
        From(new() { Time = "2026-01-31T12:00:00.123456+01:00", Exclusive = true }),
        From(new() { Lsn = "16/B374D848", Backup = "20260101-100000F" }),
        From(new() { RestorePoint = "before the upgrade" }),
        From(new() { Backup = "20260101-100000F_20260101-110000I" }),
        new FromBackupSpec { Folder = "default/source/0f1c-22", Repository = Repository },
        new FromBackupSpec { Folder = "/var/lib/cortex-backup/default/source/0f1c-22", Repository = Repository },
    ];

    [Theory, MemberData(nameof(Sound))]
    public void A_sound_request_is_accepted(FromBackupSpec from) => Assert.Empty(Validity.Of(Cluster(Spec(from))));

    [Fact]
    public void A_restore_is_admitted_by_the_webhook_as_well() =>
        Assert.Empty(Admission.Judge(null, Cluster(Spec(From(new())))).Refused);

    [Fact]
    public void PostgreSQL_is_told_the_moment_in_UTC_and_whether_it_is_included()
    {
        Assert.Equal(
            [
                "recovery_target_time=2026-01-31 11:00:00.500000+00",
                "recovery_target_timeline=latest",
                "recovery_target_inclusive=off",
                "recovery_target_action=promote",
            ],
            new RestoreRequest(From(new() { Time = "2026-01-31T12:00:00.5+01:00", Exclusive = true })).Settings);
        Assert.Contains("recovery_target=immediate", new RestoreRequest(From(new() { Backup = "20260101-100000F" })).Settings);
        var everything = new RestoreRequest(From(new())).Settings;
        Assert.DoesNotContain(everything, name => name.StartsWith("recovery_target=", StringComparison.Ordinal));
    }

    [Fact]
    public void Another_target_is_another_request()
    {
        var marks = new[]
        {
            From(new()), From(new() { Lsn = "0/1" }), From(new() { RestorePoint = "0/1" }), From(new() { Lsn = "0/1", Exclusive = true }),
            new FromBackupSpec { Folder = "source", Repository = Repository },
        }.Select(backup => new RestoreRequest(backup).Mark).ToList();

        Assert.Equal(marks.Distinct(), marks);
        Assert.Equal(new RestoreRequest(From(new())).Mark, new RestoreRequest(From(new())).Mark);
        Assert.All(marks, mark => Assert.Matches("^[0-9a-f]{16}$", mark));
    }

    private static FromBackupSpec From(RestoreTargetSpec target) => new() { Cluster = "source", Target = target };

    private static ClusterSpec Spec(FromBackupSpec from) => new() { Bootstrap = new() { FromBackup = from } };

    private static FromBackupSpec InVolume(string volume) => new()
    {
        Folder = "a/b/c",
        Repository = new() { Directory = new() { Volume = volume } },
    };
}
