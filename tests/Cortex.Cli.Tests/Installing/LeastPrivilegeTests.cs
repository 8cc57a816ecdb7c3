using Cortex.Testing.Rbac;

namespace Cortex.Cli.Tests.Installing;

/// <summary>Tests of the check that compares the roles with the audit log.</summary>
public sealed class LeastPrivilegeTests
{
    private const string Account = "system:serviceaccount:cortex-system:cortex-operator";

    private const string Yaml = """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: cortex-operator, namespace: cortex-system}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: everywhere}
        rules:
        - {apiGroups: [""], resources: [pods], verbs: [get, create]}
        - {apiGroups: [""], resources: [pods/log], verbs: [get]}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: everywhere}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: everywhere}
        subjects:
        - {kind: ServiceAccount, name: cortex-operator, namespace: cortex-system}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: here, namespace: cortex-system}
        rules:
        - {apiGroups: [coordination.k8s.io], resources: [leases], resourceNames: [cortex-operator], verbs: [update]}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: here, namespace: cortex-system}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: here}
        subjects:
        - {kind: ServiceAccount, name: cortex-operator}
        """;

    /// <summary>The form of kube-apiserver 1.20 at the level Metadata.</summary>
    private static readonly string[] EverythingUsed =
    [
        Event("get", """{"resource":"pods","namespace":"shop","name":"db-pr","apiVersion":"v1"}"""),
        Event("create", """{"resource":"pods","namespace":"shop","name":"db-s1","apiVersion":"v1"}""", 201),
        Event("get", """{"resource":"pods","subresource":"log","namespace":"shop","name":"db-pr-task","apiVersion":"v1"}"""),
        Event(
            "update",
            """{"resource":"leases","apiGroup":"coordination.k8s.io","namespace":"cortex-system","""
                + """ "name":"cortex-operator","apiVersion":"v1"}"""),
    ];

    private static readonly Dictionary<Permission, string> Nothing = [];

    [Fact]
    public void Roles_whose_rights_were_all_used_cause_no_finding() => Assert.Empty(Findings(EverythingUsed));

    [Fact]
    public void An_unused_right_is_a_finding_that_names_its_role() => Assert.Equal(
        [
            "granted and never used: ClusterRole everywhere: get pods/log",
            "granted and never used: Role here: update leases.coordination.k8s.io named cortex-operator in cortex-system",
        ],
        Findings(EverythingUsed[..2]));

    [Fact]
    public void A_denied_request_is_one_finding_that_names_the_namespace() => Assert.Equal(
        ["denied: delete secrets db-ca in shop"],
        Findings(
            [
                .. EverythingUsed,
                .. Enumerable.Repeat(Event("delete", """{"resource":"secrets","namespace":"shop","name":"db-ca"}""", 403, "forbid"), 3),
            ]));

    [Fact]
    public void A_denied_request_does_not_count_as_a_use() => Assert.Contains(
        "granted and never used: Role here: update leases.coordination.k8s.io named cortex-operator in cortex-system",
        Findings(
            [
                .. EverythingUsed[..3],
                Event(
                    "update",
                    """{"resource":"leases","apiGroup":"coordination.k8s.io","namespace":"cortex-system","name":"cortex-operator"}""",
                    403,
                    "forbid"),
            ]));

    /// <summary>A quota, a webhook and pod security also answer 403.</summary>
    [Fact]
    public void A_request_that_admission_refuses_counts_as_a_use() => Assert.Empty(
        Findings(
        [
            EverythingUsed[0],
            .. EverythingUsed[2..],
            Event("create", """{"resource":"pods","namespace":"shop","name":"db-s2"}""", 403),
        ]));

    /// <summary>The server checks both rights, but logs one verb.</summary>
    [Fact]
    public void An_apply_that_creates_its_object_uses_the_right_to_create()
    {
        var patch = new Permission("", "pods", "patch");
        Assert.Equal(
            [patch, patch with { Verb = "create" }],
            AuditLog.Read(
                [Event("patch", """{"resource":"pods","namespace":"shop","name":"db-pr"}""", 201)],
                Account).Select(item => item.Permission));
        Assert.Equal(
            [patch],
            AuditLog.Read(
                [Event("patch", """{"resource":"pods","namespace":"shop","name":"db-pr"}""")], Account).Select(item => item.Permission));
    }

    /// <summary>
    /// The answer of kube-apiserver to an apply with the right to patch alone: its first decision was to allow the request.
    /// </summary>
    [Fact]
    public void An_apply_without_the_right_to_create_is_a_denied_request()
    {
        var message = $"pods \\\"db-pr\\\" is forbidden: User \\\"{Account}\\\" cannot create resource";
        var line = Event("patch", """{"resource":"pods","namespace":"shop","name":"db-pr"}""", 403)
            .Replace("\"code\":403", $"\"code\":403,\"message\":\"{message}\"", StringComparison.Ordinal);
        Assert.Equal(["denied: patch pods db-pr in shop"], Findings([.. EverythingUsed, line]));
    }

    [Theory]
    [InlineData("""{"resource":"leases","apiGroup":"coordination.k8s.io","namespace":"shop","name":"cortex-operator"}""", "in shop")]
    [InlineData("""{"resource":"leases","apiGroup":"coordination.k8s.io","namespace":"cortex-system","name":"another"}""", "another")]
    public void A_right_is_limited_to_its_namespace_and_its_names(string about, string named)
    {
        var findings = Findings([.. EverythingUsed[..3], Event("update", about)]);
        Assert.Equal(2, findings.Count);
        Assert.StartsWith("allowed, but by none of these roles: update leases.coordination.k8s.io", findings[0], StringComparison.Ordinal);
        Assert.Contains(named, findings[0], StringComparison.Ordinal);
        Assert.StartsWith("granted and never used: Role here", findings[1], StringComparison.Ordinal);
    }

    [Fact]
    public void An_unused_right_may_be_reserved_with_a_reason_only_while_it_is_unused()
    {
        var log = new Permission("", "pods/log", "get");
        var reserved = new Dictionary<Permission, string> { [log] = "read when an image cannot be examined" };

        Assert.Empty(Review([EverythingUsed[0], EverythingUsed[1], EverythingUsed[3]]).Findings(reserved));
        Assert.Equal(
            ["reserved without need (read when an image cannot be examined): get pods/log"], Review(EverythingUsed).Findings(reserved));
    }

    [Fact]
    public void Requests_of_other_accounts_and_incomplete_requests_do_not_count()
    {
        var elsewhere = EverythingUsed.Select(
            line => line.Replace("cortex-system:cortex-operator", "kube-system:other", StringComparison.Ordinal));
        var arrived = EverythingUsed.Select(line => line.Replace("ResponseComplete", "RequestReceived", StringComparison.Ordinal));
        Assert.Empty(AuditLog.Read(elsewhere.Concat(arrived), Account));
        Assert.Equal(4, Findings(elsewhere.Concat(arrived)).Count);
    }

    [Fact]
    public void A_denied_discovery_request_is_a_finding()
    {
        const string Discovery =
            """{"kind":"Event","stage":"ResponseComplete","verb":"get","requestURI":"/apis?timeout=32s" """
            + ""","user":{"username":"system:serviceaccount:cortex-system:cortex-operator"},"responseStatus":{"code":200}}""";
        Assert.Empty(Findings([.. EverythingUsed, Discovery]));
        Assert.Equal(["denied: get /apis"], Findings([.. EverythingUsed, Discovery.Replace("200", "403", StringComparison.Ordinal)]));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("""{"kind":"Event"}""")]
    [InlineData("""{"kind":"Pod","stage":"ResponseComplete","user":{"username":"x"}}""")]
    public void An_unreadable_log_is_an_error(string line) =>
        Assert.StartsWith(
            "line 2 of the audit log is no event",
            Assert.Throws<InvalidDataException>(() => AuditLog.Read([EverythingUsed[0], line], Account)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("verbs: [get, create]", "verbs: ['*']", "ClusterRole everywhere grants without bounds")]
    [InlineData("resources: [pods/log]", "resources: ['pods/*']", "ClusterRole everywhere grants without bounds")]
    [InlineData("kind: Role, name: here", "kind: Role, name: gone", "Role gone is bound, and not there")]
    [InlineData("name: cortex-operator", "name: another", "nothing is granted to cortex-system/cortex-operator")]
    public void Roles_that_cannot_be_checked_are_an_error(string part, string instead, string complaint) => Assert.Contains(
        complaint,
        Assert.Throws<InvalidDataException>(
            () => new Roles(Yaml.Replace(part, instead, StringComparison.Ordinal)).Of("cortex-system", "cortex-operator")).Message,
        StringComparison.Ordinal);

    private static IReadOnlyList<string> Findings(IEnumerable<string> lines) => Review(lines).Findings(Nothing);

    private static LeastPrivilege Review(IEnumerable<string> lines) => new(
        new Roles(Yaml).Of("cortex-system", "cortex-operator"),
        AuditLog.Read(lines, AuditLog.ServiceAccount("cortex-system", "cortex-operator")));

    private static string Event(string verb, string about, int code = 200, string decision = "allow") =>
        """{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"1","stage":"ResponseComplete" """
        + $$$""","requestURI":"/x","verb":"{{{verb}}}","user":{"username":"{{{Account}}}"},"objectRef":{{{about}}} """
        + $$$""","responseStatus":{"metadata":{},"code":{{{code}}}},"annotations":{"authorization.k8s.io/decision":"{{{decision}}}"}}""";
}
