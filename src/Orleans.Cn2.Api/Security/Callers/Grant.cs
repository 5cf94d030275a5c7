using System.Diagnostics.CodeAnalysis;

namespace Orleans.Cn2.Api.Security.Callers;

/// <summary>A role in one namespace, or in all.</summary>
/// <param name="Role">The role.</param>
/// <param name="Namespace">The namespace, or <see cref="Everywhere"/>.</param>
internal readonly record struct Grant(Role Role, string Namespace)
{
    /// <summary>All namespaces, those to come too.</summary>
    public const string Everywhere = "*";

    private const string GroupPrefix = "cn2:";

    /// <summary>The role that a group's name stands for by itself: <c>cn2:ROLE</c> or <c>cn2:ROLE:NAMESPACE</c>.</summary>
    public static bool TryParseGroup(string group, out Grant grant)
    {
        grant = default;
        if (!group.StartsWith(GroupPrefix, StringComparison.Ordinal))
        {
            return false;
        }

        string[] parts = group[GroupPrefix.Length..].Split(':');
        if (parts.Length > 2 || !TryParseRole(parts[0], out Role role) || (parts.Length == 2 && parts[1].Length == 0))
        {
            return false;
        }

        grant = new Grant(role, parts.Length == 2 ? parts[1] : Everywhere);
        return true;
    }

    /// <summary>Reads <c>read</c>, <c>write</c> or <c>admin</c>.</summary>
    public static bool TryParseRole([NotNullWhen(true)] string? text, out Role role)
    {
        role = text switch
        {
            "read" => Role.Read,
            "write" => Role.Write,
            "admin" => Role.Admin,
            _ => Role.None,
        };
        return role != Role.None;
    }
}
