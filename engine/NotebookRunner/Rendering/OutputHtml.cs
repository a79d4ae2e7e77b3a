using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.NotebookRunner.Documents;

namespace MemoryWall.NotebookRunner.Rendering;

/// <summary>One output as HTML: its richest form that the page can show.</summary>
internal sealed class OutputHtml(ScriptRegister register, MarkdownHtml markdown)
{
    // A long text is folded: it is a log, not a finding.
    private const int FoldedLines = 40;

    private static readonly string[] s_bitmaps = ["image/png", "image/jpeg", "image/gif", "image/webp"];

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, MaxDepth = 256 };

    public string Render(JsonObject output) => (string)output["output_type"]! switch
    {
        "stream" => Text(MultilineText.Read(output["text"])),
        "error" => $"<pre class=\"error\">{WebUtility.HtmlEncode(PlainText.OfTerminal(Error(output)))}</pre>\n",
        _ => Data(output["data"]!.AsObject()),
    };

    private string Data(JsonObject data)
    {
        if (Of(data, "text/html") is { } html)
            return Block(TrustedHtml.Clean(html, register));
        if (Of(data, "image/svg+xml") is { } svg)
            return Picture("image/svg+xml", Convert.ToBase64String(Encoding.UTF8.GetBytes(svg)), Of(data, "text/plain"));
        foreach (var mime in s_bitmaps)
            if (Of(data, mime) is { } bitmap && SafeAddress.IsBase64(bitmap))
                return Picture(mime, bitmap.ReplaceLineEndings(""), Of(data, "text/plain"));
        if (Of(data, "text/markdown") is { } prose)
            return Block(markdown.Render(PlainText.OfTerminal(prose), _ => null));
        if (Of(data, "text/plain") is { } text)
            return Text(text);
        var known = data.Where(form => form.Key != Provenance.MimeType).ToList();
        return known.Count == 0 ? "" : Text(known[0].Value is JsonValue value && value.TryGetValue<string>(out var plain) ? plain : known[0].Value?.ToJsonString(s_indented) ?? "");
    }

    private static string Text(string text)
    {
        var plain = PlainText.OfTerminal(text).TrimEnd('\n');
        if (plain.Length == 0)
            return "";
        var lines = plain.AsSpan().Count('\n') + 1;
        var block = $"<pre>{WebUtility.HtmlEncode(plain)}</pre>";
        return lines <= FoldedLines ? Block(block) : Block($"<details class=\"output\"><summary>{lines} lines of text</summary>{block}</details>");
    }

    private static string Picture(string mime, string base64, string? words) =>
        Block($"<img alt=\"{WebUtility.HtmlEncode(words is { Length: <= 1000 } ? PlainText.OfTerminal(words).Trim() : "figure")}\" src=\"data:{mime};base64,{base64}\">");

    private static string Block(string html) => string.IsNullOrWhiteSpace(html) ? "" : $"<div class=\"output\">{html}</div>\n";

    private static string Error(JsonObject output)
    {
        var lines = string.Join('\n', output["traceback"]!.AsArray().Select(line => ((string)line!).TrimEnd('\n')));
        return string.IsNullOrWhiteSpace(lines) ? $"{(string)output["ename"]!}: {(string)output["evalue"]!}" : lines;
    }

    private static string? Of(JsonObject data, string mime) => data.TryGetPropertyValue(mime, out var value) && value is not null ? MultilineText.Read(value) : null;
}
