# Build from the root of the repository: docker build -f k8s/containers/silo.Dockerfile -t cn2/silo:0.1.0 .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish silo -c Release --use-current-runtime --self-contained false -o /app --nologo

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
# The claim's mount point belongs to the image's own user also where no volume is mounted.
RUN mkdir -p /var/lib/cn2/silo && chown "$APP_UID" /var/lib/cn2/silo
USER $APP_UID
EXPOSE 7400 7401
ENTRYPOINT ["dotnet", "/app/cn2-silo.dll"]
