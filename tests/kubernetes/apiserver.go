// The part of kube-apiserver that serves the resources of CustomResourceDefinitions, with the etcd that it stores them in, as one program.
// It knows no other kind than CustomResourceDefinition, authenticates no client, and calls no webhooks; it ends with its standard input.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/embed"
	noop "go.opentelemetry.io/otel/trace/noop"
	"k8s.io/apiextensions-apiserver/pkg/apiserver"
	"k8s.io/apiextensions-apiserver/pkg/cmd/server/options"
	definitions "k8s.io/apiextensions-apiserver/pkg/generated/openapi"
	names "k8s.io/apiserver/pkg/endpoints/openapi"
	generic "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/util/openapi"
	"k8s.io/apiserver/pkg/util/webhook"
	"k8s.io/client-go/kubernetes/scheme"
)

func main() {
	if len(os.Args) != 2 {
		end(fmt.Errorf("usage: apiserver DIRECTORY   (an empty one; it prints the path of a kubeconfig when it serves)"))
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if err := serve(ctx, os.Args[1]); err != nil {
		end(err)
	}
}

func end(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func serve(ctx context.Context, directory string) error {
	store, err := startStore(filepath.Join(directory, "etcd"))
	if err != nil {
		return err
	}
	defer store.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	config, err := configure(directory, store.Clients[0].Addr().String(), listener)
	if err != nil {
		return err
	}
	complete := config.Complete()
	complete.GenericConfig.EnableDiscovery = true // what the aggregator in front of it does otherwise
	server, err := complete.New(generic.NewEmptyDelegate())
	if err != nil {
		return err
	}
	kubeconfig := filepath.Join(directory, "kubeconfig")
	server.GenericAPIServer.AddPostStartHookOrDie("kubeconfig", func(generic.PostStartHookContext) error {
		if err := writeKubeconfig(kubeconfig, listener); err != nil {
			return err
		}
		fmt.Println(kubeconfig)
		return nil
	})
	return server.GenericAPIServer.PrepareRun().RunWithContext(ctx)
}

// Nothing of it is needed after a restart, so it waits for no disk.
func startStore(directory string) (*embed.Etcd, error) {
	config := embed.NewConfig()
	config.Dir = directory
	config.UnsafeNoFsync = true
	config.LogLevel = "error"
	config.EnableGRPCGateway = false
	any := []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}}
	config.ListenPeerUrls, config.ListenClientUrls = any, any
	store, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	<-store.Server.ReadyNotify()
	return store, nil
}

func configure(directory, store string, listener net.Listener) (*apiserver.Config, error) {
	o := options.NewCustomResourceDefinitionsServerOptions(os.Stdout, os.Stderr)
	r := o.RecommendedOptions
	r.Etcd.StorageConfig.Transport.ServerList = []string{"http://" + store}
	r.SecureServing.Listener = listener
	r.SecureServing.BindPort = listener.Addr().(*net.TCPAddr).Port
	r.SecureServing.ServerCert.CertDirectory = directory
	// All that a kube-apiserver beside it would be asked for.
	r.Authentication, r.Authorization, r.CoreAPI, r.Admission = nil, nil, nil, nil
	r.Features.EnablePriorityAndFairness = false
	if err := o.ServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return nil, err
	}
	if err := o.Complete(); err != nil {
		return nil, err
	}
	address := []net.IP{listener.Addr().(*net.TCPAddr).IP}
	if err := r.SecureServing.MaybeDefaultWithSelfSignedCerts("localhost", nil, address); err != nil {
		return nil, err
	}
	config := generic.NewRecommendedConfig(apiserver.Codecs)
	if err := o.ServerRunOptions.ApplyTo(&config.Config); err != nil {
		return nil, err
	}
	if err := r.ApplyTo(config); err != nil {
		return nil, err
	}
	if err := o.APIEnablement.ApplyTo(&config.Config, apiserver.DefaultAPIResourceConfigSource(), apiserver.Scheme); err != nil {
		return nil, err
	}
	known := openapi.GetOpenAPIDefinitionsWithoutDisabledFeatures(definitions.GetOpenAPIDefinitions)
	namer := names.NewDefinitionNamer(apiserver.Scheme, scheme.Scheme)
	config.OpenAPIConfig = generic.DefaultOpenAPIConfig(known, namer)
	config.OpenAPIV3Config = generic.DefaultOpenAPIV3Config(known, namer)
	services := webhook.NewDefaultServiceResolver()
	return &apiserver.Config{
		GenericConfig: config,
		ExtraConfig: apiserver.ExtraConfig{
			CRDRESTOptionsGetter: options.NewCRDRESTOptionsGetter(*r.Etcd, config.ResourceTransformers, config.StorageObjectCountTracker),
			ServiceResolver:      services,
			AuthResolverWrapper:  webhook.NewDefaultAuthenticationInfoResolverWrapper(nil, nil, config.LoopbackClientConfig, noop.NewTracerProvider()),
		},
	}, nil
}

func writeKubeconfig(path string, listener net.Listener) error {
	return os.WriteFile(path, fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters: [{name: real, cluster: {server: "https://%s", certificate-authority: apiserver.crt}}]
contexts: [{name: real, context: {cluster: real, user: anyone, namespace: default}}]
users: [{name: anyone, user: {token: any}}]
current-context: real
`, listener.Addr()), 0o600)
}
