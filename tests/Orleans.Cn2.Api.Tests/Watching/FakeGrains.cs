using System.Reflection;

namespace Orleans.Cn2.Api.Tests.Watching;

/// <summary>Grains of a test: each call of one goes to a function. Proxies derive from it.</summary>
public class FakeGrains : DispatchProxy
{
    private Func<string, MethodInfo, object?[], object?> _call = (_, _, _) => null;
    private string? _key;

    /// <summary>A factory of such grains.</summary>
    /// <param name="call">Answers a call: the grain's key, the method and its arguments.</param>
    public static IGrainFactory Of(Func<string, MethodInfo, object?[], object?> call) => (IGrainFactory)With(typeof(IGrainFactory), call, key: null);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _key is not null
        ? _call(_key, targetMethod!, args!)
        : With(targetMethod!.ReturnType, _call, $"{args![0]}");

    private static object With(Type type, Func<string, MethodInfo, object?[], object?> call, string? key)
    {
        object made = Create(type, typeof(FakeGrains));
        ((FakeGrains)made)._call = call;
        ((FakeGrains)made)._key = key;
        return made;
    }
}
