using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Tests.Fuzzing;

/// <summary>A kind, with a valid object.</summary>
internal sealed record FuzzKind(string Collection, string Name, string Json)
{
    public string Path => $"{Collection}/{Name}";

    public JsonObject Sample() => JsonNode.Parse(Json)!.AsObject();
}

/// <summary>Requests that are almost valid.</summary>
internal static class ApiRequests
{
    public static readonly IReadOnlyList<FuzzKind> Kinds =
    [
        new("/apis/example.dev/v1/namespaces/default/widgets", "fuzz", """
            {"apiVersion":"example.dev/v1","kind":"Widget","metadata":{"name":"fuzz","labels":{"a":"b"},"annotations":{"a/b":"c"},
            "finalizers":[],"ownerReferences":[{"apiVersion":"v1","kind":"A","name":"a","uid":"u"}]},
             "spec":{"size":3,"color":"red","label":"abc","owner":null,"port":80,"since":"2026-01-01T00:00:00Z","settings":{"a":"b"},
             "free":{"x":[1,{"y":2}]},"tags":["a","b"],"parts":[{"name":"p","count":2}]},
             "status":{"phase":"x","made":1,"selector":"a=b","conditions":[{"type":"Ready","status":"True"}]}}
            """),
        new("/apis/example.dev/v1/namespaces/default/gauges", "fuzz", """
            {"apiVersion":"example.dev/v1","kind":"Gauge","metadata":{"name":"fuzz"},"spec":{"low":1,"high":2,"unit":"m","kind":"k",
            "labels":{"a":"b"},"marks":[{"name":"a","at":1,"list":["x"]},{"name":"b","at":2}]}}
            """),
        new("/apis/cortex.bicameral.dev/v1alpha1/namespaces/default/cortexclusters", "fuzz", """
            {"apiVersion":"cortex.bicameral.dev/v1alpha1","kind":"CortexCluster","metadata":{"name":"fuzz"},"spec":{"image":"a",
            "instances":2,"promote":"fuzz-s1","replication":{"mode":"Synchronous","durability":"Required"},
             "postgres":{"parameters":{"work_mem":"1MB","synchronous_commit":"on"},"hba":["hostssl all all all cert"]},
             "tls":{"caLifetime":"87600h","renewBefore":"1h"},"database":{"name":"app","owner":"app"},
             "podman":{"bindAddress":"127.0.0.1","basePort":5432},"storage":{"size":"1Gi"},"kubernetes":{"allowFrom":[{"cidr":"10.0.0.0/8"},
             {"namespace":"a","podLabels":{"a":"b"}}],"lostInstances":["fuzz-pr"]},
             "resources":{"requests":{"cpu":"1"},"limits":{"memory":"1Gi"}}}}
            """),
        new("/api/v1/namespaces", "fuzz", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"fuzz"}}"""),
        new("/api/v1/namespaces/default/events", "fuzz", """
            {"apiVersion":"v1","kind":"Event","metadata":{"name":"fuzz"},"involvedObject":{"kind":"Widget","name":"a"},"reason":"A",
            "message":"b","type":"Normal","count":1,"firstTimestamp":"2026-01-01T00:00:00Z","lastTimestamp":"2026-01-01T00:00:00Z",
            "source":{"component":"c"}}
            """),
        new("/apis/coordination.k8s.io/v1/namespaces/default/leases", "fuzz", """
            {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"fuzz"},"spec":{"holderIdentity":"a",
            "leaseDurationSeconds":15,"renewTime":"2026-01-01T00:00:00.000000Z"}}
            """),
        new(
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            "fuzz",
            """
            {"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview",
            "spec":{"resourceAttributes":{"verb":"get","resource":"a"}}}
            """),
        new("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "fuzzes.example.dev", """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"fuzzes.example.dev"},
            "spec":{"group":"example.dev","scope":"Namespaced","names":{"plural":"fuzzes","kind":"Fuzz","shortNames":["fz"]},
             "versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{},"scale":{"specReplicasPath":".spec.a",
             "statusReplicasPath":".status.a"}},"additionalPrinterColumns":[{"name":"A","type":"string","jsonPath":".spec.a"}],
              "schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object",
              "x-kubernetes-validations":[{"rule":"self.a > 1 || self.l.all(x, x.matches('^[a-z]+$'))","message":"m"}],
               "properties":{"a":{"type":"integer","minimum":1,"default":2},"l":{"type":"array","items":{"type":"string","pattern":"^a$",
               "maxLength":5}},"m":{"type":"object","additionalProperties":{"type":"string","enum":["a"]}}}}}}}}]}}
            """),
    ];

    private const string DeleteOptions = """
        {
            "kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Orphan",
            "preconditions":{"uid":"a","resourceVersion":"1"},"dryRun":["All"]
        }
        """;

    private const string Scale =
        """{"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"fuzz"},"spec":{"replicas":2}}""";

    private static readonly string[] Methods =
    [
        "GET", "GET", "POST", "PUT", "PUT", "PATCH", "PATCH", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW",
    ];
    private static readonly string[] Types =
    [
        "application/json", "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json",
        "application/apply-patch+yaml", "application/vnd.kubernetes.protobuf", "text/plain", "a;b",
    ];
    private static readonly string[] Accepts =
    [
        "application/json", "*/*", "application/json;as=Table;g=meta.k8s.io;v=v1",
        "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
        "text/html", ";;,",
    ];
    private static readonly string[] Parameters =
    [
        "dryRun", "fieldValidation", "labelSelector", "fieldSelector", "limit", "continue", "resourceVersion", "resourceVersionMatch",
        "propagationPolicy", "gracePeriodSeconds", "orphanDependents", "includeObject", "timeoutSeconds", "watch", "allowWatchBookmarks",
        "sendInitialEvents", "pretty",
    ];
    private static readonly string[] Values =
    [
        "All", "Strict", "Ignore", "true", "0", "1", "-1", "99999999999999999999", "a=b", "a!=b,c", "a in (b,c)", "metadata.name=fuzz",
        "spec.color=red", "status.x=", "NotOlderThan", "Exact", "Orphan", "Foreground", "Object", "None", "%00", "eyJ4Ijo1fQ",
    ];
    private static readonly string[] Others =
    [
        "/", "/api", "/apis", "/apis/example.dev", "/apis/example.dev/v1", "/openapi/v2", "/openapi/v3", "/openapi/v3/apis/example.dev/v1",
        "/version", "/livez", "/healthz", "/apis/apiextensions.k8s.io/v1", "/apis/example.dev/v1/widgets",
    ];

    public static ApiRequest Make(FuzzCase fuzz, FuzzKind kind)
    {
        var path = PathOf(fuzz, kind);
        var method = fuzz.Pick(Methods);
        // This deletion would remove the kinds of the following cases.
        if (method == "DELETE"
            && path.Contains("customresourcedefinitions", StringComparison.Ordinal)
            && !path.Contains(kind.Name, StringComparison.Ordinal))
        {
            method = "GET";
        }

        var type = TypeOf(fuzz, method);
        var body = method is "GET" or "HEAD" || fuzz.Chance(5) ? [] : JsonFuzz.Bytes(fuzz, BodyOf(fuzz, kind, method, type));
        return new(method, path, Query(fuzz), type, fuzz.Chance(70) ? Accepts[0] : fuzz.Pick(Accepts), body);
    }

    private static string PathOf(FuzzCase fuzz, FuzzKind kind)
    {
        var path = fuzz.Below(10) switch
        {
            0 => fuzz.Pick(Others),
            1 => kind.Collection,
            2 => $"{kind.Path}/status",
            3 => $"{kind.Path}/scale",
            4 => $"{kind.Path}/{Uri.EscapeDataString(fuzz.Text(5))}",
            _ => kind.Path,
        };
        if (!fuzz.Chance(8))
        {
            return path;
        }

        var parts = path.Split('/');
        parts[fuzz.Below(parts.Length)] = Uri.EscapeDataString(fuzz.Text(8));
        // Two slashes at the start would name another server.
        return "/" + string.Join('/', parts).TrimStart('/');
    }

    private static string TypeOf(FuzzCase fuzz, string method)
    {
        if (method == "PATCH" && fuzz.Chance(90))
        {
            return fuzz.Pick(Types[1..4]);
        }

        return fuzz.Chance(85) ? Types[0] : fuzz.Pick(Types);
    }

    private static string Query(FuzzCase fuzz) =>
        fuzz.Chance(60)
            ? ""
            : string.Join(
                '&',
                fuzz.Some(3, () => $"{fuzz.Pick(Parameters)}={(fuzz.Chance(75) ? fuzz.Pick(Values) : Uri.EscapeDataString(fuzz.Text()))}"));

    private static JsonNode? BodyOf(FuzzCase fuzz, FuzzKind kind, string method, string type)
    {
        if (fuzz.Chance(3))
        {
            return JsonFuzz.Value(fuzz);
        }

        var sample = kind.Sample();
        if (type == Types[1])
        {
            return new JsonArray([.. fuzz.Some(5, () => (JsonNode?)Operation(fuzz, sample))]);
        }

        JsonNode body = sample;
        if (method == "DELETE" && fuzz.Chance(80))
        {
            body = JsonNode.Parse(DeleteOptions)!;
        }
        else if (fuzz.Chance(10))
        {
            body = JsonNode.Parse(Scale)!;
        }

        JsonFuzz.Mutate(fuzz, body);
        return body;
    }

    private static JsonObject Operation(FuzzCase fuzz, JsonObject sample)
    {
        var operation = new JsonObject
        {
            ["op"] = fuzz.Pick(["add", "remove", "replace", "move", "copy", "test"]),
            ["path"] = JsonFuzz.PointerInto(fuzz, sample),
        };
        if (fuzz.Chance(50))
        {
            operation["from"] = JsonFuzz.PointerInto(fuzz, sample);
        }

        if (fuzz.Chance(80))
        {
            operation["value"] = JsonFuzz.Value(fuzz);
        }

        if (fuzz.Chance(5))
        {
            JsonFuzz.Mutate(fuzz, operation);
        }

        return operation;
    }
}
