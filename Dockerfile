# The image of `npm run image` for those who want to build with docker, podman or buildah: the same files and the same configuration, from the
# same pins, in one layer, so that its digest is another. It needs lib/ (`npm run bundle`) and the network.
#
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg VERSION=0.1.0 --build-arg REVISION=$(git rev-parse HEAD) --tag … .
ARG NODE_IMAGE=docker.io/library/node:24.21.0-trixie-slim@sha256:173f125896c3b47ddf056734c7ea789d04595a6a08769a8f78e0df642781fb66

FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS files
ARG TARGETARCH=amd64
WORKDIR /build
COPY package.json ./
COPY lib/ lib/
# What is compressed with gzip among the blobs are the layers. No two of them have a file in common.
RUN node lib/tool.cjs image --platform "linux/${TARGETARCH}" --output /image && mkdir /files && \
    for blob in /image/layout/blobs/sha256/*; do \
      if gzip --test "$blob" 2>/dev/null; then tar --extract --gzip --preserve-permissions --file "$blob" --directory /files || exit 1; fi; \
    done && \
    test -x /files/usr/local/bin/node && test -f /files/app/controller.cjs

FROM scratch
ARG VERSION=unknown
ARG REVISION=unknown
COPY --from=files /files/ /
USER 65532:65532
EXPOSE 8080/tcp 8081/tcp
ENV PATH=/usr/local/bin:/usr/bin:/bin
WORKDIR /
ENTRYPOINT ["/usr/local/bin/node", "/app/controller.cjs"]
LABEL org.opencontainers.image.title="agent-sandbox-controller" \
      org.opencontainers.image.description="The controller of Kubernetes agent sandboxes" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/cdk8s-agent-sandbox/cdk8s-agent-sandbox"
