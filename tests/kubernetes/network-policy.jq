# NetworkPolicies as a table of nftables: policies, pods and namespaces in, rules out.
# Two pods on the bridge talk through `forward`; the node's own traffic, such as probes, does not and is always allowed.

def has_labels($labels):                                  # . is a label selector
  ((.matchLabels // {}) | to_entries | all($labels[.key] == .value))
  and ((.matchExpressions // []) | all(. as $e | $labels[$e.key] as $value
    | if   $e.operator == "In"           then $value != null and any($e.values[]; . == $value)
      elif $e.operator == "NotIn"        then $value == null or all($e.values[]; . != $value)
      elif $e.operator == "Exists"       then $value != null
      elif $e.operator == "DoesNotExist" then $value == null
      else error("unknown operator \($e.operator)") end));

def labels: .metadata.labels // {};

[$pods[0].items[] | select(.status.podIP and (.spec.hostNetwork | not) and (.status.phase | . != "Succeeded" and . != "Failed"))] as $pods
| (reduce $namespaces[0].items[] as $n ({}; .[$n.metadata.name] = ($n | labels))) as $namespaces

| def pods_of($namespace; $selector): [$pods[] | . as $pod | select(.metadata.namespace == $namespace and ($selector | has_labels($pod | labels)))];

  # The addresses of a peer, as an expression of nftables; "" matches all, null none.
  def peer($namespace; $side):
    if .ipBlock then if .ipBlock.cidr | contains(":") then null else "ip \($side) \(.ipBlock.cidr)" + (if .ipBlock.except then " ip \($side) != { \(.ipBlock.except | join(", ")) }" else "" end) end
    else (.namespaceSelector) as $of | (.podSelector // {}) as $selector
      | [$namespaces | to_entries[] | select(if $of then (.value as $l | $of | has_labels($l)) else .key == $namespace end) | .key] as $names
      | [$names[] | pods_of(.; $selector)[] | .status.podIP]
      | if length == 0 then null else "ip \($side) { \(join(", ")) }" end
    end;

  # A port, as an expression; a name is looked up in the pod that is spoken to.
  def port($pods):
    (.protocol // "TCP" | ascii_downcase) as $protocol
    | if .port == null then "meta l4proto \($protocol)"
      elif .port | type == "number" then "\($protocol) dport \(.port)"
      else .port as $name
        | [$pods[].spec.containers[].ports[]? | select(.name == $name) | .containerPort] | unique
        | if length == 0 then null else "\($protocol) dport { \(map(tostring) | join(", ")) }" end
      end;

  # A rule of a policy with the addresses of its peers, which are the same for all pods that the policy selects.
  def addressed($namespace; $side; $peers):
    {ports, peers: [if ($peers // []) == [] then "" else $peers[] | peer($namespace; $side) | values end]};

  def allowed($targets):                                  # . is such a rule
    [if (.ports // []) == [] then "" else .ports[] | port($targets) | values end] as $to
    | .peers[] as $from | $to[] | "    \($from) \(.) return";

  [$policies[0].items[] | .metadata.namespace as $namespace | {
      $namespace,
      selector: .spec.podSelector,
      types: (.spec.policyTypes // (["Ingress"] + (if .spec.egress then ["Egress"] else [] end))),
      Ingress: [.spec.ingress[]? | addressed($namespace; "saddr"; .from)],
      Egress: [.spec.egress[]? | addressed($namespace; "daddr"; .to)]
    }] as $policies

| def chain($pod; $type):
    [$policies[] | select(.namespace == $pod.metadata.namespace and (.types | index($type)) and (.selector | has_labels($pod | labels)))] as $mine
    | select($mine | length > 0)
    | {
        ip: $pod.status.podIP,
        name: "\($type | ascii_downcase)_\($pod.metadata.uid | gsub("-"; ""))",
        rules: [$mine[][$type][] | allowed(if $type == "Ingress" then [$pod] else $pods end)]
      };

  def entries($chains): if $chains == [] then "" else "{ \([$chains[] | "\(.ip) : jump \(.name)"] | join(", ")) }" end;

  [$pods[] | chain(.; "Egress")] as $egress
| [$pods[] | chain(.; "Ingress")] as $ingress
| "table ip network_policy",
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
