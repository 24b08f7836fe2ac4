// Reads a DaemonSet as strictly as the API server does, and prints what it says as JSON.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	strict "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

func read(path string) (*appsv1.DaemonSet, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	plain, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, err
	}
	var set appsv1.DaemonSet
	faults, err := strict.UnmarshalStrict(plain, &set)
	if err != nil {
		return nil, err
	}
	return &set, errors.Join(faults...)
}

func main() {
	set, err := read(os.Args[1])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(set)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
