// Renders a chart's templates with the engine that Helm has, Go's text/template and the sprig functions, for machines
// without Helm. What Helm adds is here as far as our chart uses it: toYaml, .Release, .Chart, .Capabilities.APIVersions.
// Anything else in a template is an error, so that a chart which outgrows this is noticed.
//
//	go run render.go TEMPLATE … <context.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
)

type versions []string

// Has says whether the cluster serves a group and version.
func (known versions) Has(wanted string) bool {
	for _, version := range known {
		if version == wanted {
			return true
		}
	}
	return false
}

type context struct {
	Values       map[string]interface{}
	Release      struct{ Name, Namespace string }
	Chart        struct{ Name, Version, AppVersion string }
	Capabilities struct{ APIVersions versions }
}

// JSON is YAML too.
func toYaml(value interface{}) (string, error) {
	text, err := json.Marshal(value)
	return string(text), err
}

func render(file string, with context) error {
	functions := sprig.TxtFuncMap()
	// Helm takes these away: a chart must not read the environment.
	delete(functions, "env")
	delete(functions, "expandenv")
	functions["toYaml"] = toYaml
	parsed, err := template.New(filepath.Base(file)).Option("missingkey=error").Funcs(functions).ParseFiles(file)
	if err != nil {
		return err
	}
	var out strings.Builder
	if err := parsed.Execute(&out, with); err != nil {
		return err
	}
	fmt.Printf("---\n%s\n", out.String())
	return nil
}

func main() {
	var with context
	decoder := json.NewDecoder(os.Stdin)
	decoder.UseNumber()
	err := decoder.Decode(&with)
	for _, file := range os.Args[1:] {
		if err == nil {
			err = render(file, with)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "render:", err)
		os.Exit(1)
	}
}
