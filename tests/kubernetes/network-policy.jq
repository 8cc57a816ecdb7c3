# NetworkPolicies as a table of nftables: policies, pods and namespaces in, rules out.
# Two pods on the bridge talk through `forward`; the node's own traffic, such as probes, does not and is always allowed.

def has_labels($labels):                                  # . is a label selector
  ((.matchLabels // {}) as $match | all($match | keys_unsorted[]; $labels[.] == $match[.]))
  and ((.matchExpressions // []) | all(. as $e | $labels[$e.key] as $value
    | if   $e.operator == "In"           then $value != null and any($e.values[]; . == $value)
      elif $e.operator == "NotIn"        then $value == null or all($e.values[]; . != $value)
      elif $e.operator == "Exists"       then $value != null
      elif $e.operator == "DoesNotExist" then $value == null
      else error("unknown operator \($e.operator)") end));

def by_namespace: reduce .[] as $object ({}; .[$object.namespace] += [$object]);

# What the rules depend on. A pod without an address has no rules.
def needed:
  (.metadata.labels // {}) as $labels
  | if .kind == "NetworkPolicy" then {namespace: .metadata.namespace, spec}
    elif .kind == "Namespace" then {name: .metadata.name, $labels}
    else select(.status.podIP and (.spec.hostNetwork | not) and (.status.phase | . != "Succeeded" and . != "Failed"))
      | {id: (.metadata.uid | split("-") | join("")), namespace: .metadata.namespace, ip: .status.podIP, $labels,
         ports: [.spec.containers[].ports[]? | select(.name) | {name, containerPort}]}
    end;

def text:
  [.Pod.objects[]] as $pods
| ($pods | by_namespace) as $pods_of
| [.Namespace.objects[]] as $namespaces

# The addresses of a peer, as an expression of nftables; "" matches all, null none.
| def peer($namespace; $side):
    if .ipBlock then
      .ipBlock | if .cidr | contains(":") then null
      else "ip \($side) \(.cidr)" + (if .except then " ip \($side) != { \(.except | join(", ")) }" else "" end) end
    else .namespaceSelector as $spaces | (.podSelector // {}) as $selector
      | [if $spaces then $namespaces[] | select(.labels as $labels | $spaces | has_labels($labels)) | .name else $namespace end
         | $pods_of[.][]? | select(.labels as $labels | $selector | has_labels($labels)) | .ip]
      | if length == 0 then null else "ip \($side) { \(join(", ")) }" end
    end;

  # A port, as an expression; a name is looked up in the pod that is spoken to.
  def port($pods):
    {TCP: "tcp", UDP: "udp", SCTP: "sctp"}[.protocol // "TCP"] as $protocol
    | if .port == null then "meta l4proto \($protocol)"
      elif .port | type == "number" then "\($protocol) dport \(.port)"
      else .port as $name
        | [$pods[].ports[] | select(.name == $name) | .containerPort] | unique
        | if length == 0 then null else "\($protocol) dport { \(map(tostring) | join(", ")) }" end
      end;

  # A rule of a policy with the addresses of its peers, which are the same for all pods that the policy selects.
  def addressed($namespace; $side; $peers):
    {ports, peers: [if ($peers // []) == [] then "" else $peers[] | peer($namespace; $side) | values end]};

  def allowed($targets):                                  # . is such a rule
    [if (.ports // []) == [] then "" else .ports[] | port($targets) | values end] as $to
    | .peers[] as $from | $to[] | "    \($from) \(.) return";

  ([.NetworkPolicy.objects[] | .namespace as $namespace | {
      $namespace,
      selector: .spec.podSelector,
      types: (.spec.policyTypes // (["Ingress"] + (if .spec.egress then ["Egress"] else [] end))),
      Ingress: [.spec.ingress[]? | addressed($namespace; "saddr"; .from)],
      Egress: [.spec.egress[]? | addressed($namespace; "daddr"; .to)]
    }] | by_namespace) as $policies_of

| def chain($pod; $type):
    [$policies_of[$pod.namespace][]? | select((.types | index($type)) and (.selector | has_labels($pod.labels)))] as $mine
    | select($mine | length > 0)
    | {
        ip: $pod.ip,
        name: "\($type)_\($pod.id)",
        rules: [$mine[][$type][] | allowed(if $type == "Ingress" then [$pod] else $pods end)]
      };

  def entries($chains): if $chains == [] then "" else "{ \([$chains[] | "\(.ip) : jump \(.name)"] | join(", ")) }" end;

  [$pods[] | chain(.; "Egress")] as $egress
| [$pods[] | chain(.; "Ingress")] as $ingress
| ["table ip network_policy",
   "delete table ip network_policy",
   "table ip network_policy {",
   ($egress[], $ingress[] | "  chain \(.name) {", (.rules | unique[]), "    drop", "  }"),
   "  chain forward {",
   "    type filter hook forward priority filter - 10; policy accept;",
   "    ct state established,related accept",
   (if $egress == [] then empty else "    ip saddr vmap \(entries($egress))" end),
   (if $ingress == [] then empty else "    ip daddr vmap \(entries($ingress))" end),
   "  }",
   "}"
  ] | join("\n");
