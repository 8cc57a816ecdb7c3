namespace Cortex.ApiServer.Tests.Rules;

/// <summary>A spec for each rule of the definition, which the rule refuses, and why.</summary>
public static class InvalidClusters
{
    public static TheoryData<string, string> Refused => new()
    {
        {
            "{\"instances\":1,\"replication\":{\"mode\":\"Synchronous\"}}",
            "spec.replication.mode: Invalid value: Synchronous with durability Required needs a second instance: with one, no write would "
                + "ever be acknowledged"
        },
        {
            "{\"replication\":{\"mode\":\"Synchronous\"},\"postgres\":{\"parameters\":{\"synchronous_commit\":\"off\"}}}",
            "spec.postgres.parameters: Invalid value: synchronous_commit: in synchronous mode it is on or remote_apply, or commits would "
                + "be acknowledged that no standby has on disk"
        },
        {
            "{\"postgres\":{\"parameters\":{\"a.b\":\"1\\n2\"}}}",
            "spec.postgres.parameters[a.b]: Invalid value: \"1\\n2\": a value must be one line"
        },
        {
            "{\"postgres\":{\"hba\":[\"#\",\"# a\\rlocal all all trust\"]}}",
            "spec.postgres.hba[1]: Invalid value: \"# a\\rlocal all all trust\": it must be one line"
        },
        {
            "{\"backup\":{}}",
            "spec.backup.repository: Invalid value: the name of a volume is needed: it is where WAL is archived to and backups are kept"
        },
        {
            "{\"backup\":{\"repository\":{\"directory\":{}}}}",
            "spec.backup.repository: Invalid value: the name of a volume is needed: it is where WAL is archived to and backups are kept"
        },
        {
            "{\"backup\":{\"repository\":{\"directory\":{\"volume\":\"v\",\"size\":\"0Gi\"}}}}",
            "spec.backup.repository.directory.size: Invalid value: \"0Gi\": must be a size of more than 0, such as 100Gi"
        },
        {
            "{\"backup\":{\"repository\":{\"directory\":{\"volume\":\"v\"}},\"schedule\":{\"timeZone\":\"Europe/Berlin\"}}}",
            "spec.backup.schedule: Invalid value: at least one of full, differential and incremental is needed"
        },
        {
            "{\"backup\":{\"repository\":{\"directory\":{\"volume\":\"v\"}},\"schedule\":{\"incremental\":\"0 24 * * *\"}}}",
            "spec.backup.schedule.incremental: Invalid value: \"0 24 * * *\": must be five fields: minute (0-59), hour (0-23), day of the "
                + "month (1-31), month (1-12 or jan-dec), day of the week (0-7 or sun-sat), each of them *, a value, a range, a step or a "
                + "list; or @hourly, @daily, @weekly, @monthly or @yearly"
        },
        {
            "{\"backup\":{\"repository\":{\"directory\":{\"volume\":\"v\"},"
                + "\"s3\":{\"endpoint\":\"e\",\"bucket\":\"b\",\"region\":\"r\",\"credentialsSecret\":\"c\"}}}}",
            "spec.backup.repository: Invalid value: only one of directory, s3 and sftp can be the repository"
        },
        {
            "{\"backup\":{\"repository\":{\"s3\":{\"endpoint\":\"e\",\"bucket\":\"b\",\"region\":\"r\"}}}}",
            "spec.backup.repository.s3: Invalid value: endpoint, bucket, region and credentialsSecret are needed"
        },
        {
            "{\"backup\":{\"repository\":{\"sftp\":{\"host\":\"h\",\"user\":\"u\",\"path\":\"/p\"}}}}",
            "spec.backup.repository.sftp: Invalid value: host, user, path, hostKey and privateKeySecret are needed"
        },
        {
            "{\"backup\":{\"repository\":{\"sftp\":{\"host\":\"h\",\"user\":\"u\",\"path\":\"/p\",\"hostKey\":\"MD5:16:27:ac\","
                + "\"privateKeySecret\":\"k\"}}}}",
            "spec.backup.repository.sftp.hostKey: Invalid value: \"MD5:16:27:ac\": it must be keys of the server, as "
                + "ssh-keyscan prints them, or a fingerprint SHA256:…, as ssh-keygen -l prints it"
        },
        {
            "{\"backup\":{\"repository\":{"
                + "\"s3\":{\"endpoint\":\"s3:0\",\"bucket\":\"b\",\"region\":\"r\",\"credentialsSecret\":\"c\"}}}}",
            "spec.backup.repository.s3.endpoint: Invalid value: \"s3:0\": the port must be 1 to 65535"
        },
        {
            "{\"backup\":{\"repository\":{"
                + "\"s3\":{\"endpoint\":\"s3:99999\",\"bucket\":\"b\",\"region\":\"r\",\"credentialsSecret\":\"c\"}}}}",
            "spec.backup.repository.s3.endpoint: Invalid value: \"s3:99999\": the port must be 1 to 65535"
        },
        {
            "{\"backup\":{\"repository\":{\"directory\":{\"volume\":\"v\"}},\"encryption\":{}}}",
            "spec.backup.encryption.passphraseSecret: Invalid value: the name of a secret with the passphrase is needed"
        },
        {
            "{\"backup\":{\"repository\":{\"directory\":{\"volume\":\"v\"}},\"verify\":{}}}",
            "spec.backup.verify.schedule: Invalid value: a line of cron is needed: it says when the newest backup is restored and checked"
        },
        {
            "{\"backup\":{\"repository\":{\"directory\":{\"volume\":\"v\"}},\"verify\":{\"schedule\":\"daily\"}}}",
            "spec.backup.verify.schedule: Invalid value: \"daily\": must be five fields: minute (0-59), hour (0-23), day of the "
                + "month (1-31), month (1-12 or jan-dec), day of the week (0-7 or sun-sat), each of them *, a value, a range, a step or a "
                + "list; or @hourly, @daily, @weekly, @monthly or @yearly"
        },
        { "{\"bootstrap\":{}}", "spec.bootstrap.fromBackup: Invalid value: name the backup to restore, or leave spec.bootstrap out" },
        {
            "{\"bootstrap\":{\"fromBackup\":{\"cluster\":\"a\",\"folder\":\"a/b/c\"}}}",
            "spec.bootstrap.fromBackup: Invalid value: name either cluster, or folder and one of repository.directory.volume, "
                + "repository.s3 and repository.sftp"
        },
        {
            "{\"bootstrap\":{\"fromBackup\":{\"repository\":{\"directory\":{}},\"folder\":\"a/b/c\"}}}",
            "spec.bootstrap.fromBackup: Invalid value: name either cluster, or folder and one of repository.directory.volume, "
                + "repository.s3 and repository.sftp"
        },
        {
            "{\"bootstrap\":{\"fromBackup\":{\"cluster\":\"a\",\"target\":{\"lsn\":\"0/1\",\"restorePoint\":\"b\"}}}}",
            "spec.bootstrap.fromBackup.target: Invalid value: only one of time, lsn and restorePoint can be the end of a restore"
        },
        {
            "{\"bootstrap\":{\"fromBackup\":{\"cluster\":\"a\",\"target\":{\"exclusive\":true}}}}",
            "spec.bootstrap.fromBackup.target.exclusive: Invalid value: it needs time or lsn"
        },
        {
            "{\"tls\":{\"caLifetime\":\"59s\"}}",
            "spec.tls.caLifetime: Invalid value: \"59s\": must be a duration of at least a minute, such as 2160h"
        },
        {
            "{\"tls\":{\"certificateLifetime\":\"0h\"}}",
            "spec.tls.certificateLifetime: Invalid value: \"0h\": must be a duration of at least a minute, such as 2160h"
        },
        {
            "{\"tls\":{\"certificateLifetime\":\"99999999999h\"}}",
            "spec.tls.certificateLifetime: Invalid value: \"string\": type conversion error from 'string' to 'google.protobuf.Duration' "
                + "evaluating rule: must be a duration of at least a minute, such as 2160h"
        },
        {
            "{\"tls\":{\"renewBefore\":\"1s\"}}",
            "spec.tls.renewBefore: Invalid value: \"1s\": must be a duration of at least a minute, such as 2160h"
        },
        {
            "{\"database\":{\"name\":\"template1\"}}",
            "spec.database.name: Invalid value: \"template1\": PostgreSQL's own database; take another name, such as app"
        },
        {
            "{\"database\":{\"owner\":\"pg_monitor\"}}",
            "spec.database.owner: Invalid value: \"pg_monitor\": a word of SQL, or a role that is not the application's; take another "
                + "name, such as app"
        },
        {
            "{\"database\":{\"owner\":\"cortex_operator\"}}",
            "spec.database.owner: Invalid value: \"cortex_operator\": a word of SQL, or a role that is not the application's; take another "
                + "name, such as app"
        },
        {
            "{\"podman\":{\"bindAddress\":\"0.0.0.0\"}}",
            "spec.podman.bindAddress: Invalid value: \"0.0.0.0\": podman.bindAddress: a client can neither connect to the wildcard address "
                + "nor "
                + "verify it; name one address, such as 127.0.0.1"
        },
        {
            "{\"podman\":{\"bindAddress\":\"localhost\"}}",
            "spec.podman.bindAddress: Invalid value: \"localhost\": must be an IPv4 address of this machine, such as 127.0.0.1: the "
                + "network of a cluster is IPv4 only"
        },
        {
            "{\"podman\":{\"bindAddress\":\"::1\"}}",
            "spec.podman.bindAddress: Invalid value: \"::1\": must be an IPv4 address of this machine, such as 127.0.0.1: the network of a "
                + "cluster is IPv4 only"
        },
        {
            "{\"podman\":{\"bindAddress\":\"::ffff:127.0.0.1\"}}",
            "spec.podman.bindAddress: Invalid value: \"::ffff:127.0.0.1\": must be an IPv4 address of this machine, such as 127.0.0.1: the "
                + "network of a cluster is IPv4 only"
        },
        {
            "{\"podman\":{\"bindAddress\":\"0.0.0.1\"}}",
            "spec.podman.bindAddress: Invalid value: \"0.0.0.1\": is not the address of one machine; "
                + "name an IPv4 address that it has, such as 127.0.0.1"
        },
        {
            "{\"podman\":{\"bindAddress\":\"::\"}}",
            "spec.podman.bindAddress: Invalid value: \"::\": podman.bindAddress: a client can neither connect to the wildcard address nor "
                + "verify it; name one address, such as 127.0.0.1"
        },
        {
            "{\"kubernetes\":{\"allowFrom\":[{}]}}",
            "spec.kubernetes.allowFrom[0]: Invalid value: needs either cidr, or namespace or podLabels"
        },
        {
            "{\"kubernetes\":{\"allowFrom\":[{\"cidr\":\"10.0.0.0/8\",\"namespace\":\"a\"}]}}",
            "spec.kubernetes.allowFrom[0]: Invalid value: needs either cidr, or namespace or podLabels"
        },
        {
            "{\"kubernetes\":{\"lostInstances\":[\"cortex-s0\"]}}",
            "spec.kubernetes.lostInstances[0]: Invalid value: \"cortex-s0\": must be the name of an instance, such as NAME-pr or NAME-s1"
        },
        { "{\"resources\":{\"limits\":{\"disk\":\"1\"}}}", "spec.resources.limits: Invalid value: takes cpu and memory only" },
        {
            "{\"resources\":{\"limits\":{\"memory\":\"4k\"}}}",
            "spec.resources.limits: Invalid value: memory: must be at least 10Mi: no server starts with less"
        },
        {
            "{\"resources\":{\"requests\":{\"memory\":\"134217728m\"}}}",
            "spec.resources.requests: Invalid value: memory: must be at least 10Mi: no server starts with less"
        },
        {
            "{\"resources\":{\"limits\":{\"cpu\":\"0.0000001\"}}}",
            "spec.resources.limits: Invalid value: cpu: must be at least 10m: no server starts with less"
        },
        {
            "{\"resources\":{\"requests\":{\"cpu\":\"0\"}}}",
            "spec.resources.requests: Invalid value: cpu: must be at least 1m: no server starts with less"
        },
        { "{\"storage\":{\"size\":\"0Gi\"}}", "spec.storage.size: Invalid value: \"0Gi\": must be more than 0, such as 10Gi" },
        {
            "{\"database\":{\"name\":\"app\\n\"}}",
            "spec.database.name: Invalid value: \"app\\n\": spec.database.name in body should match '^[a-z_][a-z0-9_]{0,62}$'"
        },
    };
}
