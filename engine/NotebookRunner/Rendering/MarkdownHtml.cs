using System.Globalization;
using System.Net;
using System.Text;
using Markdig;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace MemoryWall.NotebookRunner.Rendering;

/// <summary>Renders Markdown. Raw HTML is shown as text, and only links that <see cref="SafeUrl"/> allows are kept.</summary>
/// <param name="prefix">The prefix of the ids of headings, which must be unique in a page with several notebooks.</param>
internal sealed class MarkdownHtml(string prefix)
{
    // The "advanced extensions" are not used, because one of them allows any HTML attribute, including event handlers.
    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder().DisableHtml().UsePipeTables().UseEmphasisExtras()
        .UseTaskLists().UseAutoLinks().Build();

    private readonly Dictionary<string, int> _slugs = new(StringComparer.Ordinal);

    /// <summary>The headings rendered so far.</summary>
    public List<Heading> Headings { get; } = [];

    /// <param name="text">Markdown.</param>
    /// <param name="findImage">Returns the data URI of a picture by its name in the text; null if there is none.</param>
    public string Render(string text, Func<string, string?> findImage)
    {
        try
        {
            return RenderDocument(Markdown.Parse(text, s_pipeline), findImage);
        }
        catch (ArgumentException)
        {
            // The text is nested deeper than the library supports.
            return $"<pre>{WebUtility.HtmlEncode(text)}</pre>\n";
        }
    }

    private string RenderDocument(MarkdownDocument document, Func<string, string?> picture)
    {
        foreach (var heading in document.Descendants<HeadingBlock>())
            RegisterHeading(heading);
        foreach (var link in document.Descendants<LinkInline>().ToList())
            CheckLink(link, picture);
        foreach (var link in document.Descendants<AutolinkInline>().ToList())
            if (!link.IsEmail && !SafeUrl.IsSafeLink(link.Url))
                link.ReplaceBy(new LiteralInline(link.Url));
        return document.ToHtml(s_pipeline);
    }

    private void RegisterHeading(HeadingBlock heading)
    {
        var text = GetText(heading.Inline);
        var slug = CreateSlug(text);
        var number = _slugs[slug] = _slugs.GetValueOrDefault(slug) + 1;
        var id = number == 1 ? $"{prefix}-{slug}" : string.Create(CultureInfo.InvariantCulture, $"{prefix}-{slug}-{number}");
        heading.GetAttributes().Id = id;
        Headings.Add(new(heading.Level, text, id));
    }

    private void CheckLink(LinkInline link, Func<string, string?> picture)
    {
        var address = link.GetDynamicUrl?.Invoke() ?? link.Url ?? "";
        if (link.IsImage)
        {
            if (SafeUrl.IsEmbeddedImage(address))
                return;
            if (picture(address) is { } data)
            {
                link.GetDynamicUrl = null;
                link.Url = data;
                return;
            }
            Unlink(link);
        }
        else if (address.StartsWith('#'))
        {
            link.GetDynamicUrl = null;
            link.Url = $"#{prefix}-{CreateSlug(Uri.UnescapeDataString(address[1..]))}";
        }
        else if (!SafeUrl.IsSafeLink(address))
            Unlink(link);
    }

    // Replaces a link by its text.
    private static void Unlink(LinkInline link)
    {
        var words = new ContainerInline();
        link.ReplaceBy(words, copyChildren: false);
        while (link.FirstChild is { } child)
        {
            child.Remove();
            words.AppendChild(child);
        }
    }

    private static string GetText(ContainerInline? inline)
    {
        var text = new StringBuilder();
        foreach (var part in inline?.Descendants() ?? [])
            text.Append(part switch
            {
                LiteralInline literal => literal.Content.ToString(),
                CodeInline code => code.Content,
                HtmlEntityInline entity => entity.Transcoded.ToString(),
                LineBreakInline => " ",
                _ => "",
            });
        return text.ToString();
    }

    private static string CreateSlug(string text)
    {
        var slug = new StringBuilder();
        foreach (var character in text.ToLowerInvariant())
            if (char.IsLetterOrDigit(character))
                slug.Append(character);
            else if (slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
        return slug.ToString().TrimEnd('-') is { Length: > 0 } words ? words : "section";
    }
}
