using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orleans.Cn2.Api.Security.Callers;

/// <summary>
/// Which user and which group has which role: a JSON file <c>{"grants": [{"user": "ci", "role": "write", "namespaces": ["shop"]},
/// {"group": "ops", "role": "admin"}]}</c>; without namespaces the role holds in all. It adds to what groups named <c>cn2:ROLE</c> have anyhow.
/// </summary>
internal sealed class GrantPolicy
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    private readonly ILookup<string, Grant> _users;
    private readonly ILookup<string, Grant> _groups;

    private GrantPolicy(IReadOnlyList<Row> rows) => (_users, _groups) = (ByName(rows, row => row.User), ByName(rows, row => row.Group));

    /// <summary>Only groups named after roles have any.</summary>
    public static GrantPolicy None { get; } = new([]);

    /// <exception cref="FormatException">The text is no such file; the message names the row and what is wrong with it.</exception>
    public static GrantPolicy Parse(string text)
    {
        Document document;
        try
        {
            document = JsonSerializer.Deserialize<Document>(text, Json) ?? new Document(null);
        }
        catch (JsonException malformed)
        {
            throw new FormatException(malformed.Message, malformed);
        }

        IReadOnlyList<Row> rows = document.Grants ?? [];
        string[] faults = [.. rows.Select((row, index) => row.Fault is { } fault ? $"grants[{index}]: {fault}" : null).OfType<string>()];
        return faults.Length == 0 ? new GrantPolicy(rows) : throw new FormatException(string.Join("; ", faults));
    }

    /// <summary>What a user of these groups may do.</summary>
    public ImmutableArray<Grant> GrantsOf(string user, IEnumerable<string> groups)
    {
        ImmutableArray<Grant>.Builder grants = ImmutableArray.CreateBuilder<Grant>();
        grants.AddRange(_users[user]);
        foreach (string group in groups)
        {
            grants.AddRange(_groups[group]);
            if (Grant.TryParseGroup(group, out Grant own))
            {
                grants.Add(own);
            }
        }

        return grants.ToImmutable();
    }

    private static ILookup<string, Grant> ByName(IEnumerable<Row> rows, Func<Row, string?> name) => rows
        .Where(row => name(row) is not null)
        .SelectMany(row => row.Grants.Select(grant => (Name: name(row)!, Grant: grant)))
        .ToLookup(pair => pair.Name, pair => pair.Grant, StringComparer.Ordinal);

    private sealed record Document(IReadOnlyList<Row>? Grants);

    private sealed record Row(string? User, string? Group, string? Role, IReadOnlyList<string>? Namespaces)
    {
        [JsonIgnore]
        public string? Fault =>
            string.IsNullOrEmpty(User) == string.IsNullOrEmpty(Group) ? "must name either a user or a group"
            : !Grant.TryParseRole(Role, out _) ? $"role: '{Role}' must be read, write or admin"
            : Namespaces is { Count: 0 } || Namespaces?.Any(string.IsNullOrEmpty) == true ? "namespaces: must name at least one, or be left out for all"
            : null;

        [JsonIgnore]
        public IEnumerable<Grant> Grants
        {
            get
            {
                _ = Grant.TryParseRole(Role, out Role role);
                return (Namespaces ?? [Grant.Everywhere]).Select(ns => new Grant(role, ns));
            }
        }
    }
}
