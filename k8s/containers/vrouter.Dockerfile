# Build from the root of the repository: docker build -f k8s/containers/vrouter.Dockerfile -t cn2/vrouter:0.1.0 .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
RUN apt-get update && apt-get install -y --no-install-recommends clang zlib1g-dev
WORKDIR /src
COPY . .
RUN dotnet publish src/Orleans.Cn2.Worker -c Release --use-current-runtime -o /app --nologo

# One native program: it needs a C library at least as new as the build stage's, and nothing else.
FROM debian:13-slim
COPY --from=build /app/cn2-vrouter /usr/local/bin/cn2-vrouter
ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
ENTRYPOINT ["/usr/local/bin/cn2-vrouter"]
