using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using MemoryWall.Charts.Scripts;

namespace MemoryWall.NotebookRunner.Rendering;

/// <summary>
/// Cleans the HTML of an output. It is parsed and written again, which closes open tags and comments. Elements and attributes that load
/// something or run are removed, whoever wrote the output: a notebook may come from elsewhere. Of scripts only the data of this project's
/// figures stays, in the one form in which they are written (<see cref="FigureScripts.IsFigureData"/>).
/// </summary>
internal static class TrustedHtml
{
    private const int MaximumDepth = 500;
    private const int MaxShownCharacters = 2000;

    private static readonly HtmlParser s_parser = new();

    private static readonly HashSet<string> s_forbiddenElements = new(StringComparer.OrdinalIgnoreCase) { "base", "meta", "link", "iframe",
        "frame", "frameset", "object", "embed", "applet", "portal" };

    // A block of data that no browser acts on.
    private const string DataType = "application/json";

    private static readonly string[] s_urlAttributes = ["href", "src", "xlink:href", "action", "formaction", "data", "poster",
        "background", "srcdoc"];

    public static string Clean(string html, ScriptRegistry register)
    {
        var document = s_parser.ParseDocument("<!doctype html><body></body>");
        var nodes = s_parser.ParseFragment(html, document.Body!);
        if (IsTooDeep(nodes))
            return $"<pre>{WebUtility.HtmlEncode(html.Length <= MaxShownCharacters ? html : html[..MaxShownCharacters] + "…")}</pre>";
        using var writer = new StringWriter();
        foreach (var node in nodes.ToList())
        {
            if (node is IElement element && !SanitizeTree(element, register))
                continue;
            node.ToHtml(writer, HtmlMarkupFormatter.Instance);
        }
        return writer.ToString();
    }

    /// <summary>Whether the HTML has a script that would not run in a page.</summary>
    public static bool HasForeignScript(string html) => html.Contains("<script", StringComparison.OrdinalIgnoreCase)
        && s_parser.ParseFragment(html, s_parser.ParseDocument("<!doctype html><body></body>").Body!)
            .SelectMany(node => node is IElement element ? element.QuerySelectorAll("script").Prepend(element) : [])
            .Any(element => element is IHtmlScriptElement && !FigureScripts.IsFigureData(element.TextContent)
                && !DataType.Equals(element.GetAttribute("type"), StringComparison.OrdinalIgnoreCase));

    // The recursion depth is limited; browsers have a similar limit.
    private static bool IsTooDeep(INodeList nodes)
    {
        var open = new Stack<(INode Node, int Depth)>(nodes.Select(node => (node, 1)));
        while (open.TryPop(out var at))
        {
            if (at.Depth > MaximumDepth)
                return true;
            foreach (var child in at.Node.ChildNodes)
                open.Push((child, at.Depth + 1));
        }
        return false;
    }

    private static bool SanitizeTree(IElement root, ScriptRegistry register)
    {
        foreach (var element in root.QuerySelectorAll("*").Where(element => !SanitizeElement(element, register)).ToList())
            element.Remove();
        return SanitizeElement(root, register);
    }

    private static bool SanitizeElement(IElement element, ScriptRegistry register)
    {
        if (s_forbiddenElements.Contains(element.LocalName))
            return false;
        foreach (var attribute in element.Attributes.Where(attribute => IsActive(attribute)).Select(attribute => attribute.Name).ToList())
            element.RemoveAttribute(attribute);
        if (element.LocalName.Equals("script", StringComparison.OrdinalIgnoreCase))
        {
            if (DataType.Equals(element.GetAttribute("type"), StringComparison.OrdinalIgnoreCase))
                return element is IHtmlScriptElement;
            if (element is not IHtmlScriptElement || element.Attributes.Length > 0 || !FigureScripts.IsFigureData(element.TextContent))
                return false;
            register.AddScript(element.TextContent);
            return true;
        }
        return !element.LocalName.Equals("style", StringComparison.OrdinalIgnoreCase) || register.AddStyle(element.TextContent);
    }

    private static bool IsActive(IAttr attribute)
    {
        if (attribute.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase))
            return true;
        if (!s_urlAttributes.Contains(attribute.Name, StringComparer.OrdinalIgnoreCase))
            return false;
        // Only links may have external URLs.
        var mayLead = attribute.Name.Equals("href", StringComparison.OrdinalIgnoreCase)
            ? SafeUrl.IsSafeLink(attribute.Value)
            : attribute.Value.StartsWith('#');
        return !mayLead && !SafeUrl.IsEmbeddedImage(attribute.Value);
    }
}
