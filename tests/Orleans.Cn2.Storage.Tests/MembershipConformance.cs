namespace Orleans.Cn2.Storage.Tests;

/// <summary>What a membership table must do so that silos agree on who is alive; a provider inherits it and passes its table in.</summary>
public abstract class MembershipConformance
{
    private static readonly DateTime Start = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    protected abstract IMembershipTable Table { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static SiloAddress Silo(int number) => SiloAddress.FromParsableString($"10.0.0.{number}:11111@{1000 + number}");

    private static MembershipEntry Entry(int number, SiloStatus status = SiloStatus.Joining) => new()
    {
        SiloAddress = Silo(number),
        Status = status,
        SiloName = $"silo-{number}",
        HostName = $"host-{number}",
        ProxyPort = 30000,
        StartTime = Start,
        IAmAliveTime = Start.AddSeconds(number),
        SuspectTimes = [],
    };

    private async Task InsertAsync(MembershipEntry entry)
    {
        TableVersion version = (await Table.ReadAllAsync(Cancellation)).Version;
        Assert.True(await Table.InsertRowAsync(entry, version.Next(), Cancellation));
    }

    private async Task<(MembershipEntry Entry, string Etag, TableVersion Version)> ReadAsync(int number)
    {
        MembershipTableData data = await Table.ReadRowAsync(Silo(number), Cancellation);
        Tuple<MembershipEntry, string> row = Assert.Single(data.Members);
        return (row.Item1, row.Item2, data.Version);
    }

    [Fact]
    public async Task ReadAll_NothingInserted_IsEmpty() => Assert.Empty((await Table.ReadAllAsync(Cancellation)).Members);

    [Fact]
    public async Task ReadRow_Unknown_IsEmpty()
    {
        await InsertAsync(Entry(1));
        Assert.Empty((await Table.ReadRowAsync(Silo(2), Cancellation)).Members);
    }

    [Fact]
    public async Task Insert_Entry_IsReadBackWhole()
    {
        MembershipEntry entry = Entry(1);
        entry.AddSuspector(Silo(2), Start.AddMinutes(1));
        await InsertAsync(entry);

        MembershipEntry read = (await ReadAsync(1)).Entry;
        Assert.Equal(entry.SiloAddress, read.SiloAddress);
        Assert.Equal(entry.Status, read.Status);
        Assert.Equal(entry.SiloName, read.SiloName);
        Assert.Equal(entry.HostName, read.HostName);
        Assert.Equal(entry.ProxyPort, read.ProxyPort);
        Assert.Equal(entry.StartTime, read.StartTime);
        Assert.Equal(entry.IAmAliveTime, read.IAmAliveTime);
        Tuple<SiloAddress, DateTime> vote = Assert.Single(read.SuspectTimes ?? []);
        Assert.Equal((Silo(2), Start.AddMinutes(1)), (vote.Item1, vote.Item2));
    }

    [Fact]
    public async Task Insert_VersionThatMovedOn_IsRefused()
    {
        TableVersion seen = (await Table.ReadAllAsync(Cancellation)).Version;
        await InsertAsync(Entry(1));

        Assert.False(await Table.InsertRowAsync(Entry(2), seen.Next(), Cancellation));
        Assert.Single((await Table.ReadAllAsync(Cancellation)).Members);
    }

    [Fact]
    public async Task Insert_SiloThatIsThere_IsRefusedAndMovesNothing()
    {
        await InsertAsync(Entry(1));
        TableVersion version = (await Table.ReadAllAsync(Cancellation)).Version;

        Assert.False(await Table.InsertRowAsync(Entry(1, SiloStatus.Active), version.Next(), Cancellation));

        MembershipTableData after = await Table.ReadAllAsync(Cancellation);
        Assert.Equal(version.Version, after.Version.Version);
        Assert.Equal(SiloStatus.Joining, Assert.Single(after.Members).Item1.Status);
    }

    [Fact]
    public async Task Update_SeenRowAndVersion_ChangesBoth()
    {
        await InsertAsync(Entry(1));
        (MembershipEntry entry, string etag, TableVersion version) = await ReadAsync(1);
        entry.Status = SiloStatus.Active;
        entry.AddSuspector(Silo(2), Start);

        Assert.True(await Table.UpdateRowAsync(entry, etag, version.Next(), Cancellation));

        (MembershipEntry read, string newEtag, TableVersion newVersion) = await ReadAsync(1);
        Assert.Equal(SiloStatus.Active, read.Status);
        Assert.Single(read.SuspectTimes ?? []);
        Assert.NotEqual(etag, newEtag);
        Assert.True(newVersion.Version > version.Version);
    }

    [Fact]
    public async Task Update_VersionThatMovedOn_IsRefused()
    {
        await InsertAsync(Entry(1));
        (MembershipEntry entry, string etag, TableVersion version) = await ReadAsync(1);
        await InsertAsync(Entry(2));
        entry.Status = SiloStatus.Dead;

        Assert.False(await Table.UpdateRowAsync(entry, etag, version.Next(), Cancellation));
        Assert.Equal(SiloStatus.Joining, (await ReadAsync(1)).Entry.Status);
    }

    [Fact]
    public async Task Change_ManyAtOnceFromOneVersion_ExactlyOneWins()
    {
        TableVersion version = (await Table.ReadAllAsync(Cancellation)).Version;

        bool[] wins = await Task.WhenAll(Enumerable.Range(1, 20).Select(number => Table.InsertRowAsync(Entry(number), version.Next(), Cancellation)));

        Assert.Single(wins, won => won);
        Assert.Single((await Table.ReadAllAsync(Cancellation)).Members);
    }

    [Fact]
    public async Task UpdateIAmAlive_MovesNoVersion()
    {
        await InsertAsync(Entry(1));
        (MembershipEntry entry, string etag, TableVersion version) = await ReadAsync(1);
        entry.IAmAliveTime = Start.AddHours(1);

        await Table.UpdateIAmAliveAsync(entry, Cancellation);

        (MembershipEntry read, string sameEtag, TableVersion sameVersion) = await ReadAsync(1);
        Assert.Equal(Start.AddHours(1), read.IAmAliveTime);
        Assert.Equal((etag, version.Version), (sameEtag, sameVersion.Version));
    }

    [Fact]
    public async Task CleanupDefunct_OldDeadSilosAlone_AreRemoved()
    {
        await InsertAsync(Entry(1, SiloStatus.Dead));
        await InsertAsync(Entry(2, SiloStatus.Active));
        MembershipEntry recent = Entry(3, SiloStatus.Dead);
        recent.IAmAliveTime = Start.AddDays(10);
        await InsertAsync(recent);

        await Table.CleanupDefunctSiloEntriesAsync(Start.AddDays(5), Cancellation);

        Assert.Equal([Silo(2), Silo(3)], (await Table.ReadAllAsync(Cancellation)).Members.Select(member => member.Item1.SiloAddress).Order());
    }
}
