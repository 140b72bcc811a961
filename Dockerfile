# syntax=docker/dockerfile:1
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN rustup target add wasm32-unknown-unknown && cargo xtask build --release && install -d -m 0700 -o 10001 -g 10001 /out/data

# For pipelines, which need a shell (ci/gitlab.yml): docker build --target ci
FROM debian:bookworm-slim AS ci
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/target/release/launch-ready /usr/local/bin/launch-ready

# glibc and nothing else: no shell, no package manager. Works with a read-only root file system.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/target/release/launch-ready /usr/local/bin/launch-ready
COPY --from=build --chown=10001:10001 /out/data /data
USER 10001:10001
ENV LAUNCH_READY_DATA_DIR=/data LAUNCH_READY_LISTEN=0.0.0.0:3000
VOLUME ["/data"]
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s CMD ["/usr/local/bin/launch-ready", "health"]
ENTRYPOINT ["/usr/local/bin/launch-ready"]
CMD ["serve"]
