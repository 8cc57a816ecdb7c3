# The operator's image. Where images can be pulled:
#   podman build -t cortex-operator .        (or docker build)
# Where they cannot: images/cortex-operator/build.sh makes the base images from Debian packages first.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
# "extra" has the time zones, which spec.backup.schedule may name.
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra

FROM ${SDK_IMAGE} AS build
# A folder of packages that are already there, mounted by a build without a network.
ARG NUGET_PACKAGES=/root/.nuget/packages
WORKDIR /source
COPY . .
# Compiled ahead of time: the program starts faster, and the first promotion does not wait for the compiler.
RUN DOTNET_TieredPGO=0 dotnet publish operator/Cortex.Cli -c Release -o /cortex --use-current-runtime --self-contained false \
      -p:PublishReadyToRun=true -p:RestoreLockedMode=true -p:DebugType=none -p:ArtifactsPath=/build --disable-build-servers

FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title=cortex-operator \
      org.opencontainers.image.description="A replicated, TLS-only PostgreSQL on Podman or Kubernetes, as one Kubernetes resource"
COPY --from=build /cortex /opt/cortex
# The root file system may be read-only: the runtime's own diagnostics would want a socket, and the commands a state directory.
# ASPNETCORE_HTTP_PORTS: every port that is served is asked for on the command line.
ENV PATH=/opt/cortex:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    ASPNETCORE_HTTP_PORTS= \
    DOTNET_EnableDiagnostics=0 \
    CORTEX_STATE=/tmp/cortex
# The account that Microsoft's images bring along, by its number: Kubernetes can tell from it that this is not root.
USER 1654:1654
WORKDIR /tmp
# For Podman and Docker; Kubernetes has probes of its own in the deployment.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["cortex", "health"]
ENTRYPOINT ["cortex"]
CMD ["--help"]
