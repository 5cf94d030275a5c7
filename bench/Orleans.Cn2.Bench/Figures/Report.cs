using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Orleans.Cn2.Bench.Figures;

/// <summary>Shows figures as a table and writes them as JSON.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Print(IEnumerable<Figure> figures, IAnsiConsole console)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string column in new[] { "FIGURE", "VALUE", "QUARTILES", "UNIT", "PEER", "PEER'S", "RATIO", "TARGET", "MET" })
        {
            table.AddColumn(column);
        }

        foreach (Figure figure in figures)
        {
            table.AddRow(
                Markup.Escape(figure.Name), Number(figure.Value), $"{Number(figure.Samples.LowerQuartile)} .. {Number(figure.Samples.UpperQuartile)}",
                Markup.Escape(figure.Unit), Markup.Escape(figure.Peer ?? ""), figure.PeerSamples is { } peer ? Number(peer.Median) : "",
                figure.Ratio is { } ratio ? Number(ratio) : "", Markup.Escape(figure.TargetText),
                figure.IsMet switch { true => "yes", false => "NO", null => "" });
        }

        console.Write(table);
    }

    /// <summary>An array of {figure, value, unit, peer, ratio, target, met}; quartiles and the number of rounds beside them.</summary>
    public static string ToJson(IEnumerable<Figure> figures) => new JsonArray([.. figures.Select(figure => new JsonObject
    {
        ["figure"] = figure.Name,
        ["value"] = Round(figure.Value),
        ["unit"] = figure.Unit,
        ["peer"] = figure.Peer,
        ["ratio"] = figure.Ratio is { } ratio ? Round(ratio) : null,
        ["target"] = figure.Target is null ? null : figure.TargetText,
        ["met"] = figure.IsMet,
        ["rounds"] = figure.Samples.Count,
        ["lowerQuartile"] = Round(figure.Samples.LowerQuartile),
        ["upperQuartile"] = Round(figure.Samples.UpperQuartile),
        ["peerValue"] = figure.PeerSamples is { } peer ? Round(peer.Median) : null,
    })]).ToJsonString(Indented);

    private static double Round(double value) => double.Parse(value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static string Number(double value) => value switch
    {
        0 => "0",
        >= 1000 => value.ToString("#,0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.000", CultureInfo.InvariantCulture),
    };
}
