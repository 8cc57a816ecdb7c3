using System.Collections.Frozen;
using System.Globalization;

namespace Cortex.Core.Postgres;

/// <summary>
/// Which of <c>spec.postgres.parameters</c> are accepted. A parameter that is not known here is accepted, because the server knows its
/// parameters best.
/// </summary>
public static class ParameterRules
{
    public const string FieldPath = "spec.postgres.parameters";

    private static readonly Objection RunsPrograms = new("it names a shell command that the server would run", "see spec.backup");
    private static readonly Objection LosesData = "a crash could then lose or damage data that was acknowledged";
    private static readonly Objection OperatorsFiles = "the operator decides where files are, because the volume's layout depends on it";
    private static readonly Objection OperatorsSockets = "the operator decides where the server listens";
    private static readonly Objection OperatorsReplication =
        new("the operator configures replication", "see spec.replication and spec.promote");
    private static readonly Objection NoIncludes = new("other files are not checked", "put the parameters themselves here");
    private static readonly Objection LoadsCode = new(
        "it changes which code the server loads", "put libraries into the image and name them in shared_preload_libraries");
    private static readonly Objection HidesWrites = "clients that ask for a writable server (target_session_attrs) would not find one";

    private static readonly FrozenDictionary<string, Objection> Refused = new (Objection Why, string[] Names)[]
    {
        (RunsPrograms,
        [
            "archive_cleanup_command", "recovery_end_command", "restore_command", "ssl_passphrase_command",
            "ssl_passphrase_command_supports_reload",
        ]),
        (LosesData,
        [
            "fsync", "full_page_writes", "data_sync_retry", "ignore_checksum_failure", "ignore_invalid_pages", "ignore_system_indexes",
            "zero_damaged_pages",
        ]),
        (OperatorsFiles,
        [
            "config_file", "external_pid_file", "log_directory", "log_filename", "stats_temp_directory", "krb_server_keyfile",
            "ssl_crl_file", "ssl_crl_dir", "ssl_dh_params_file", "allow_in_place_tablespaces", "hosts_file",
        ]),
        (OperatorsSockets, ["bonjour", "bonjour_name", "unix_socket_group", "unix_socket_permissions"]),
        (OperatorsReplication, ["primary_slot_name", "promote_trigger_file", "recovery_min_apply_delay", "synchronized_standby_slots"]),
        (NoIncludes, ["include", "include_dir", "include_if_exists"]),
        (LoadsCode, ["archive_library", "dynamic_library_path", "extension_control_path", "jit_provider", "oauth_validator_libraries"]),
        (HidesWrites, ["default_transaction_read_only", "transaction_read_only"]),
        ("roles would be looked up under other names than pg_hba.conf says", ["db_user_namespace"]),
        ("ALTER SYSTEM would override this resource unseen", ["allow_alter_system"]),
        ("the operator decides which certificate an instance shows", ["ssl_sni"]),
        ("system tables must not be edited", ["allow_system_table_mods"]),
    }.SelectMany(row => row.Names, (row, name) => (name, row.Why))
        .ToFrozenDictionary(row => row.name, row => row.Why, StringComparer.OrdinalIgnoreCase);

    // Only the names and reasons of the mandatory rows matter here, so any input will do.
    private static readonly FrozenDictionary<string, string> Mandatory = ServerSettings.Mandatory(new ServerInput
    {
        Paths = new ServerPaths("", "", "", ""),
        Instance = "",
        MajorVersion = int.MaxValue,
        Port = 0,
        PrimaryConnInfo = ConnInfo.Empty,
        PrimarySlotName = "",
    }).ToFrozenDictionary(row => row.Name, row => row.Why, StringComparer.OrdinalIgnoreCase);

    /// <summary>All problems of the user's parameters, in the order of their names; empty where all are accepted.</summary>
    public static IReadOnlyList<FieldRefusal> Validate(IReadOnlyDictionary<string, string> parameters)
    {
        var repeated = parameters.Keys.GroupBy(name => name, StringComparer.OrdinalIgnoreCase)
            .Where(same => same.Count() > 1).SelectMany(same => same).ToHashSet();
        return
        [
            .. from pair in parameters.OrderBy(pair => pair.Key, StringComparer.Ordinal)
               let why = repeated.Contains(pair.Key)
                   ? "it is given twice, because case does not matter in names"
                   : WhyNot(pair.Key, pair.Value)
               where why is not null
               select new FieldRefusal($"{FieldPath}.{pair.Key}", why),
            .. SlotSync.Refusals(parameters).Select(entry => new FieldRefusal($"{FieldPath}.{entry.Name}", entry.Why)),
        ];
    }

    private static Objection? WhyNot(string name, string value) => name.ToLowerInvariant() switch
    {
        _ when !Setting.IsName(name) => "it is not the name of a parameter: letters, digits and _, or extension.name",
        _ when value.Any(char.IsControl) => "its value must be one line without control characters",
        var known when Mandatory.TryGetValue(known, out var why) => $"it is set by the operator and cannot be overridden: {why}",
        var known when Refused.TryGetValue(known, out var why) => why,
        var prefix when prefix.StartsWith("recovery_target", StringComparison.Ordinal) => OperatorsReplication,
        var prefix when prefix.StartsWith("cortex.", StringComparison.Ordinal) => "names that begin with cortex. are the operator's",
        "wal_level" when value.ToLowerInvariant() is not ("replica" or "logical") => "standbys need replica or logical",
        "max_wal_senders" when !IsAtLeast(value, 3) => "standbys and their clones need a whole number of at least 3",
        "shared_preload_libraries" or "session_preload_libraries" or "local_preload_libraries"
            when value.Contains('/', StringComparison.Ordinal) =>
            new("libraries are named without a path", "put them into the image's own library folder"),
        _ => null,
    };

    private static bool IsAtLeast(string value, int least) =>
        int.TryParse(value.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least;
}
