# Two programs that follow objects of the API: one for each kind, which keeps what is needed of every object, and one that makes a text of
# all objects. The module of the script that follows defines `needed` and `text`.

# In: a list, and then the events of a watch that begins at this list. Out: [path, value] for each object and each change; null removes.
# Several programs write into one pipe, which does not mix their lines if each line is a single write of at most 4096 bytes.
def assignments(needed):
  input | (.kind | rtrimstr("List")) as $kind
  | [[$kind], {objects: {}}],
    (.items[] | .kind = $kind | [[$kind, "objects", .metadata.uid], [needed][0]]),
    [[$kind, "complete"], true],
    (inputs | if .type == "ERROR" then error(.object.message) else . end
      | [[$kind, "objects", .object.metadata.uid], if .type == "DELETED" then null else [.object | needed][0] end])
  | tojson | if utf8bytelength < 4096 then . else error("an object needs \(utf8bytelength) bytes") end;

# In: the assignments of all kinds. Out: each new text, ended by a zero byte. There is no text while the list of a kind is incomplete.
def texts($kinds; text):
  foreach inputs as [$path, $value] ({};
    .before = .text
    | if .all | getpath($path) == $value then .
      else .all |= (if $value == null then delpaths([$path]) else setpath($path; $value) end)
        | if [.all[] | select(.complete)] | length == $kinds then .text = (.all | text) else . end
      end;
    if .text == .before then empty else .text + "\u0000" end);
