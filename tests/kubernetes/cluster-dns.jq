# The hosts file of the cluster's DNS. A pod asks for NAME, NAME.NAMESPACE or NAME.NAMESPACE.svc; its search domains complete them.

def needed:
  select(.spec.clusterIP // "None" | . != "None" and . != "")
  | "\(.spec.clusterIP) \(.metadata.name).\(.metadata.namespace).svc.\(env.domain)";

def text: [.Service.objects[]] | join("\n");
