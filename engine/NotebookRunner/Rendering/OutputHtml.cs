using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.NotebookRunner.Documents;

namespace MemoryWall.NotebookRunner.Rendering;

/// <summary>One output as HTML, in the richest MIME type that the page can show. The folders of this machine are taken out.</summary>
internal sealed class OutputHtml(ScriptRegistry register, MarkdownHtml markdown)
{
    // A longer message is a dump of something.
    private const int MaxErrorCharacters = 300;

    private static readonly PrivatePaths s_private = PrivatePaths.OfThisMachine;

    // A longer text is probably a log, so it is folded.
    private const int FoldedLines = 40;

    private const int MaxAlternativeCharacters = 1000;

    private static readonly string[] s_stills = ["image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp"];

    private static readonly string[] s_bitmaps = ["image/png", "image/jpeg", "image/gif", "image/webp"];

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, MaxDepth = 256 };

    public string Render(JsonObject output) => (string)output["output_type"]! switch
    {
        "stream" => RenderText(MultilineText.Read(output["text"])),
        "error" => $"<p class=\"stopped\">{WebUtility.HtmlEncode($"This part could not be made: {DescribeError(output)}")}</p>\n",
        _ => RenderData(output["data"]!.AsObject()),
    };

    /// <summary>The message of an error in one line. The names of types and the stack trace are for those who have the notebook.</summary>
    public static string DescribeError(JsonObject output)
    {
        var message = PlainText.StripControlCharacters((string)output["evalue"]! is { Length: > 0 } text ? text : (string)output["ename"]!);
        var line = s_private.Remove(message.Split('\n')[0].Trim());
        return line.Length <= MaxErrorCharacters ? line : line[..MaxErrorCharacters] + "…";
    }

    private string RenderData(JsonObject data)
    {
        // Where scripts draw it, which do not run here, its still picture shows more than what is left of it.
        if (ReadForm(data, "text/html") is { } html
            && (!TrustedHtml.HasForeignScript(html) || !s_stills.Any(mime => ReadForm(data, mime) is not null)))
            return WrapOutput(TrustedHtml.Clean(s_private.Remove(html), register));
        if (ReadForm(data, "image/svg+xml") is { } svg)
            return RenderImage("image/svg+xml", Convert.ToBase64String(Encoding.UTF8.GetBytes(svg)), ReadForm(data, "text/plain"));
        foreach (var mime in s_bitmaps)
            if (ReadForm(data, mime) is { } bitmap && SafeUrl.IsBase64(bitmap))
                return RenderImage(mime, bitmap.ReplaceLineEndings(""), ReadForm(data, "text/plain"));
        if (ReadForm(data, "text/markdown") is { } prose)
            return WrapOutput(markdown.Render(s_private.Remove(PlainText.StripControlCharacters(prose)), _ => null));
        if (ReadForm(data, "text/plain") is { } text)
            return RenderText(text);
        var known = data.Where(form => form.Key != Provenance.MimeType).ToList();
        return known.Count == 0
            ? ""
            : RenderText(
                known[0].Value is JsonValue value && value.TryGetValue<string>(out var plain)
                    ? plain
                    : known[0].Value?.ToJsonString(s_indented) ?? "");
    }

    private static string RenderText(string text)
    {
        var plain = s_private.Remove(PlainText.StripControlCharacters(text).TrimEnd('\n'));
        if (plain.Length == 0)
            return "";
        var lines = plain.AsSpan().Count('\n') + 1;
        var block = $"<pre>{WebUtility.HtmlEncode(plain)}</pre>";
        return lines <= FoldedLines
            ? WrapOutput(block)
            : WrapOutput($"<details class=\"output\"><summary>{lines} lines of text</summary>{block}</details>");
    }

    private static string RenderImage(string mime, string base64, string? words) =>
        WrapOutput(
            $"<img alt=\"{WebUtility.HtmlEncode(GetAlternativeText(words))}\" src=\"data:{mime};base64,{base64}\">");

    private static string GetAlternativeText(string? words) =>
        words is { Length: <= MaxAlternativeCharacters } ? PlainText.StripControlCharacters(words).Trim() : "figure";

    private static string WrapOutput(string html) => string.IsNullOrWhiteSpace(html) ? "" : $"<div class=\"output\">{html}</div>\n";

    private static string? ReadForm(JsonObject data, string mime) =>
        data.TryGetPropertyValue(mime, out var value) && value is not null ? MultilineText.Read(value) : null;
}
