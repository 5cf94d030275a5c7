# Build from the root of the repository: docker build -f k8s/containers/gateway.Dockerfile -t cn2/gateway:0.1.0 .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish clients/Orleans.Cn2.Gateway -c Release --use-current-runtime --self-contained false -o /app --nologo

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
USER $APP_UID
EXPOSE 7400 7401
ENTRYPOINT ["dotnet", "/app/cn2-gateway.dll"]
