namespace Orleans.Cn2.Architecture.Tests.References;

public sealed class ProjectReferenceTests
{
    public static TheoryData<string> Products => [.. Project.All.Values.Where(project => !project.IsTest).Select(project => project.Name)];

    public static TheoryData<string> Everything => [.. Project.All.Keys];

    [Theory]
    [MemberData(nameof(Products))]
    public void Product_References_AreInTheTable(string name)
    {
        Assert.True(AllowedReferences.Table.TryGetValue(name, out string[]? allowed), $"{name} has no row in AllowedReferences: say what it may reference");
        Assert.Empty(Project.All[name].Projects.Except(allowed));
    }

    [Fact]
    public void Table_Rows_NameProjectsThatExist()
    {
        IEnumerable<string> named = AllowedReferences.Table.SelectMany(row => row.Value.Append(row.Key)).Concat(AllowedReferences.KnowOrleans).Distinct();
        Assert.Empty(named.Except(Project.All.Keys));
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public void Project_References_ExistAndFormNoCircle(string name)
    {
        Assert.Empty(Project.All[name].Projects.Except(Project.All.Keys));
        Assert.DoesNotContain(name, Project.All[name].Closure());
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void Product_NeverReferencesTests(string name) =>
        Assert.DoesNotContain(Project.All[name].Closure(), reached => Project.All[reached].IsTest);

    [Fact]
    public void Gateway_Closure_HasNoGrains() =>
        Assert.Empty(Project.All["Orleans.Cn2.Gateway"].Closure().Intersect(["Orleans.Cn2.Grains", "Orleans.Cn2.Silo"]));

    [Theory]
    [InlineData("Orleans.Cn2.Worker")]
    [InlineData("Orleans.Cn2.Lab.Echo")]
    [InlineData("Orleans.Cn2.Client")]
    [InlineData("cn2")]
    public void DataSideAndClients_Closure_HasNothingOfTheControlSide(string name) =>
        Assert.Empty(Project.All[name].Closure().Intersect(AllowedReferences.ControlSide));

    [Theory]
    [MemberData(nameof(Products))]
    public void OrleansPackages_AreNamedOnTheControlSideOnly(string name)
    {
        if (!AllowedReferences.KnowOrleans.Contains(name))
        {
            Assert.DoesNotContain(Project.All[name].Packages, package => package.Name.StartsWith("Microsoft.Orleans.", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Core_TakesSerializationAlone_AndKeepsItFromItsUsers()
    {
        Package package = Assert.Single(Project.All["Orleans.Cn2.Core"].Packages);
        Assert.Equal("Microsoft.Orleans.Sdk", package.Name);
        Assert.Empty(new[] { "compile", "analyzers", "build" }.Except(package.PrivateAssets.Split(';')));
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public void Packages_HaveNoVersionOfTheirOwn(string name) =>
        Assert.DoesNotMatch("<PackageReference[^>]* Version=", Repository.Read(Project.All[name].Path));

    [Fact]
    public void Solution_NamesEveryProject()
    {
        string solution = Repository.Read("Orleans.Cn2.sln").Replace('\\', '/');
        Assert.All(Project.All.Values, project => Assert.Contains($"\"{project.Path}\"", solution, StringComparison.Ordinal));
    }
}
