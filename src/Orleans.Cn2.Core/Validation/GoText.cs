using System.Globalization;
using System.Text;

namespace Orleans.Cn2.Core.Validation;

/// <summary>Strings as Kubernetes prints them in field errors: Go's quoted form, and Go's JSON (which escapes &lt;, &gt; and &amp;).</summary>
internal static class GoText
{
    /// <summary>The double-quoted form of a Go string literal.</summary>
    public static string Quote(string value) => Escape(value, json: false);

    /// <summary>A JSON string.</summary>
    public static string Json(string value) => Escape(value, json: true);

    private static string Escape(string value, bool json)
    {
        StringBuilder text = new(value.Length + 2);
        text.Append('"');
        foreach (Rune rune in value.EnumerateRunes())
        {
            text.Append(rune.Value switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\a' when !json => "\\a",
                '\v' when !json => "\\v",
                '<' or '>' or '&' or 0x2028 or 0x2029 when json => Unicode(rune),
                < ' ' when json => Unicode(rune),
                < ' ' or 0x7f when !json => $"\\x{rune.Value:x2}",
                _ when !json && !IsPrintable(rune) => Unicode(rune),
                _ => rune.ToString(),
            });
        }

        return text.Append('"').ToString();
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator);

    private static string Unicode(Rune rune) => rune.IsBmp ? $"\\u{rune.Value:x4}" : $"\\U{rune.Value:x8}";
}
