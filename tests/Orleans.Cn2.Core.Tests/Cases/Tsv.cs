namespace Orleans.Cn2.Core.Tests.Cases;

/// <summary>Reads a table of cases: tab-separated, header first, one case a row.</summary>
internal static class Tsv
{
    public static IEnumerable<string[]> Rows(string file)
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Cases", file));
        int columns = lines[0].Split('\t').Length;
        foreach (string line in lines.Skip(1))
        {
            string[] cells = line.Split('\t');
            Assert.Equal(columns, cells.Length);
            yield return cells;
        }
    }

    /// <summary>A comma-separated cell; <c>-</c> means not given.</summary>
    public static string[]? List(string cell) => cell is "-" or "" ? null : cell.Split(',');
}
