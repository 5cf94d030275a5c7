using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;

namespace Orleans.Cn2.Cli.Calls;

/// <summary>What a server says of its own services by gRPC reflection (grpc.reflection.v1), as descriptors. Nothing is known beforehand.</summary>
internal sealed class ServerSchema : IDisposable
{
    private readonly AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> _questions;

    private ServerSchema(CallInvoker server, CancellationToken cancellation) =>
        _questions = new ServerReflection.ServerReflectionClient(server).ServerReflectionInfo(cancellationToken: cancellation);

    /// <summary>Every method of every service, in the server's order.</summary>
    public static async Task<IReadOnlyList<MethodDescriptor>> MethodsAsync(CallInvoker server, CancellationToken cancellation)
    {
        using ServerSchema schema = new(server, cancellation);
        ServerReflectionResponse answer = await schema.AskAsync(new ServerReflectionRequest { ListServices = "*" }, cancellation).ConfigureAwait(false);
        List<MethodDescriptor> methods = [];
        foreach (ServiceResponse service in answer.ListServicesResponse.Service)
        {
            methods.AddRange((await schema.FindAsync(service.Name, cancellation).ConfigureAwait(false)).Methods);
        }

        await schema.EndAsync(cancellation).ConfigureAwait(false);
        return methods;
    }

    /// <inheritdoc/>
    public void Dispose() => _questions.Dispose();

    private async Task<ServiceDescriptor> FindAsync(string service, CancellationToken cancellation)
    {
        Dictionary<string, FileDescriptorProto> files = [];
        await AddAsync(files, new ServerReflectionRequest { FileContainingSymbol = service }, cancellation).ConfigureAwait(false);
        while (files.Values.SelectMany(file => file.Dependency).FirstOrDefault(name => !files.ContainsKey(name)) is { } missing)
        {
            await AddAsync(files, new ServerReflectionRequest { FileByFilename = missing }, cancellation).ConfigureAwait(false);
        }

        return FileDescriptor.BuildFromByteStrings(DependenciesFirst(files).Select(file => file.ToByteString()))
            .SelectMany(file => file.Services)
            .First(found => found.FullName == service);
    }

    // A stream that is dropped instead looks like a failure to the server.
    private async Task EndAsync(CancellationToken cancellation)
    {
        await _questions.RequestStream.CompleteAsync().ConfigureAwait(false);
        if (await _questions.ResponseStream.MoveNext(cancellation).ConfigureAwait(false))
        {
            throw new RpcException(new Status(StatusCode.Internal, "reflection: the server answered what was not asked"));
        }
    }

    private async Task AddAsync(Dictionary<string, FileDescriptorProto> files, ServerReflectionRequest question, CancellationToken cancellation)
    {
        ServerReflectionResponse answer = await AskAsync(question, cancellation).ConfigureAwait(false);
        foreach (FileDescriptorProto file in answer.FileDescriptorResponse.FileDescriptorProto.Select(bytes => FileDescriptorProto.Parser.ParseFrom(bytes)))
        {
            files.TryAdd(file.Name, file);
        }

        if (question.FileByFilename.Length > 0 && !files.ContainsKey(question.FileByFilename))
        {
            throw new RpcException(new Status(StatusCode.Internal, $"reflection: {question.FileByFilename} was asked for and not given"));
        }
    }

    private async Task<ServerReflectionResponse> AskAsync(ServerReflectionRequest question, CancellationToken cancellation)
    {
        await _questions.RequestStream.WriteAsync(question, cancellation).ConfigureAwait(false);
        if (!await _questions.ResponseStream.MoveNext(cancellation).ConfigureAwait(false))
        {
            throw new RpcException(new Status(StatusCode.Internal, "reflection: the server ended the stream without an answer"));
        }

        ServerReflectionResponse answer = _questions.ResponseStream.Current;
        return answer.ErrorResponse is { } error
            ? throw new RpcException(new Status((StatusCode)error.ErrorCode, $"reflection: {error.ErrorMessage}"))
            : answer;
    }

    // Descriptors are built in an order in which every file follows those that it imports.
    private static List<FileDescriptorProto> DependenciesFirst(Dictionary<string, FileDescriptorProto> files)
    {
        List<FileDescriptorProto> ordered = [];
        HashSet<string> visited = [];
        foreach (string name in files.Keys)
        {
            Visit(name);
        }

        return ordered;

        void Visit(string name)
        {
            if (visited.Add(name))
            {
                foreach (string dependency in files[name].Dependency)
                {
                    Visit(dependency);
                }

                ordered.Add(files[name]);
            }
        }
    }
}
