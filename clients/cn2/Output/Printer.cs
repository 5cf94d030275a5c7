using Google.Protobuf;

namespace Orleans.Cn2.Cli.Output;

/// <summary>Prints objects: as kubectl-like columns that scripts can cut, or whole as JSON or YAML.</summary>
internal static class Printer
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithIndentation());

    /// <summary>Prints a list of objects.</summary>
    public static void Print<T>(IReadOnlyList<T> rows, IReadOnlyList<Column<T>> columns, OutputFormat format, TextWriter output)
        where T : IMessage
    {
        switch (format)
        {
            case OutputFormat.Json:
                output.WriteLine($"[{string.Join(",\n", rows.Select(row => Formatter.Format(row)))}]");
                break;
            case OutputFormat.Yaml:
                output.Write(string.Join("---\n", rows.Select(row => YamlText.Of(Formatter.Format(row)))));
                break;
            default:
                Table(rows, columns, format == OutputFormat.Wide, output);
                break;
        }
    }

    /// <summary>Prints one object whole; as a table by its one row.</summary>
    public static void Print<T>(T row, IReadOnlyList<Column<T>> columns, OutputFormat format, TextWriter output)
        where T : IMessage
    {
        if (format == OutputFormat.Json)
        {
            output.WriteLine(Formatter.Format(row));
        }
        else
        {
            Print([row], columns, format, output);
        }
    }

    /// <summary>Prints aligned columns, two spaces apart.</summary>
    public static void Table<T>(IReadOnlyList<T> rows, IReadOnlyList<Column<T>> columns, bool wide, TextWriter output)
    {
        Column<T>[] shown = [.. columns.Where(column => wide || !column.WideOnly)];
        string[][] cells = [shown.Select(column => column.Title).ToArray(), .. rows.Select(row => shown.Select(column => Text(column.Value(row))).ToArray())];
        int[] widths = [.. shown.Select((_, index) => cells.Max(line => line[index].Length))];
        foreach (string[] line in cells)
        {
            output.WriteLine(string.Join("  ", line.Select((cell, index) => cell.PadRight(widths[index]))).TrimEnd());
        }
    }

    private static string Text(string cell) => cell.Length == 0 ? "<none>" : cell;
}
