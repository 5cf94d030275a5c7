using Google.Protobuf.Reflection;
using Orleans.Cn2.Api.Security.Access;
using Orleans.Cn2.Api.Security.Callers;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Tests.Security;

public sealed class ApiAccessTests
{
    private static readonly FileDescriptor[] Files =
    [
        ServicesReflection.Descriptor, VmisReflection.Descriptor, SubnetsReflection.Descriptor, NodesReflection.Descriptor, DiagnosticsReflection.Descriptor,
        VrouterReflection.Descriptor,
    ];

    public static TheoryData<string> Methods => [.. Files.SelectMany(file => file.Services).SelectMany(service => service.Methods).Select(NameOf)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Method_HasARow(string method) => Assert.Equal(method, ApiAccess.Of(method).Method);

    [Fact]
    public void Files_AreAllOfTheProtocol()
    {
        IEnumerable<string> all = typeof(ServicesReflection).Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("Reflection", StringComparison.Ordinal))
            .Select(type => type.GetProperty("Descriptor")?.GetValue(null)).OfType<FileDescriptor>()
            .Where(file => file.Services.Count > 0).Select(file => file.Name);
        Assert.Equal(Files.Select(file => file.Name).Order(), all.Order());
    }

    [Fact]
    public void Rows_OfCn2_AreMethodsThatExist() => Assert.Empty(
        ApiAccess.Methods.Where(method => method.StartsWith("/cn2.", StringComparison.Ordinal)).Except(Methods.Select(row => row.Data)));

    [Fact]
    public void MethodWithoutRow_CannotBeMapped() =>
        Assert.Contains("has no row", Assert.Throws<InvalidOperationException>(() => ApiAccess.Of("/cn2.v1.Services/New")).Message, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Methods))]
    public void Method_ThatChangesSomething_NeedsMoreThanRead(string method)
    {
        string[] reads = ["Get", "List", "ListLeases", "Watch", "Wait", "Explain", "Flows", "Drops", "Tables", "Programmed", "Status", "Connect"];
        Assert.Equal(!reads.Contains(method.Split('/')[^1]), ApiAccess.Of(method).Changes);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Method_WithANamespaceInItsRequest_AsksForTheRoleThere(string method)
    {
        MessageDescriptor request = Files.SelectMany(file => file.Services).SelectMany(service => service.Methods).Single(row => NameOf(row) == method).InputType;
        bool namespaced = request.FindFieldByName("namespace") is not null
            || request.Fields.InDeclarationOrder().Any(field => field.FieldType == FieldType.Message && field.MessageType.Name is "Service" or "Vmi" or "ListOptions");
        MethodAccess access = ApiAccess.Of(method);
        Assert.Equal(namespaced, access.Scope == Scope.Namespace);
        Assert.Equal(namespaced, access.NamespaceOf is not null);
    }

    [Fact]
    public void Node_IsNoRole_AndRolesAreNoNode()
    {
        MethodAccess southbound = ApiAccess.Of("/cn2.v1.VRouter/Connect");
        Assert.True(southbound.MayAllow(Caller.OfNode("n")));
        Assert.False(southbound.MayAllow(Caller.OfUser("certificate", "root", [new Grant(Role.Admin, Grant.Everywhere)])));
        Assert.All(
            Methods.Select(row => row.Data).Where(method => method != "/cn2.v1.VRouter/Connect"),
            method => Assert.False(ApiAccess.Of(method).MayAllow(Caller.OfNode("n")), method));
    }

    private static string NameOf(MethodDescriptor method) => $"/{method.Service.FullName}/{method.Name}";
}
