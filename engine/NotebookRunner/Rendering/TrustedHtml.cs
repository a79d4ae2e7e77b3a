using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using MemoryWall.Charts.Scripts;
using MemoryWall.Core.Primitives;
using MemoryWall.NotebookRunner.Documents;

namespace MemoryWall.NotebookRunner.Rendering;

/// <summary>
/// Cleans the HTML of an output. It is parsed and written again, which closes open tags. Comments, and elements and attributes that load
/// something or run, are removed from every output: a notebook may come from elsewhere. Of scripts only the data of this project's
/// figures stays, in the one form in which they are written (<see cref="FigureScripts.IsFigureData"/>).
/// </summary>
internal static class TrustedHtml
{
    private const int MaximumDepth = 500;
    private const int MaxShownCharacters = 2000;

    // The document and its root element, which the parser puts around a fragment.
    private const int RootNodes = 2;

    // The last two lines: what is in them is text to one parser and elements to another (a browser runs scripts, this one does not), or is
    // not among the elements that are looked at.
    private static readonly HashSet<string> s_forbiddenElements = new(StringComparer.OrdinalIgnoreCase) { "base", "meta", "link", "iframe",
        "frame", "frameset", "object", "embed", "applet", "portal",
        "noscript", "noembed", "noframes", "xmp", "plaintext",
        "template" };

    // A block of data that no browser acts on.
    private const string DataType = "application/json";

    private static readonly string[] s_urlAttributes = ["href", "src", "xlink:href", "action", "formaction", "data", "poster",
        "background", "srcdoc"];

    public static string Clean(string html, ScriptRegistry register)
    {
        html = PlainText.StripControlCharacters(html);
        if (Parse(html) is not { } nodes || IsTooDeep(nodes))
            return ShowAsText(html);
        using var writer = new StringWriter();
        foreach (var node in nodes.ToList())
        {
            if (node is IComment || (node is IElement element && !SanitizeTree(element, register)))
                continue;
            node.ToHtml(writer, HtmlMarkupFormatter.Instance);
        }
        // Characters that were written as entities are themselves now. Without them, and where HTML breaks the rules, the text can mean
        // something else when it is read again, as the browser will.
        var clean = SafeText.RemoveUnsafe(writer.ToString());
        return Parse(clean) is { } again && IsClean(again) ? clean : ShowAsText(html);
    }

    // For each element the parser looks through all open ones, so it is stopped where they are too many; null then.
    private static INodeList? Parse(string html)
    {
        IElement? last = null;
        var parser = new HtmlParser(new HtmlParserOptions
        {
            // The element is not in the tree yet; the one before it is.
            OnCreated = (element, _) =>
            {
                if (last?.Ancestors().Skip(MaximumDepth + RootNodes).Any() == true)
                    throw new NestingException();
                last = element;
            },
        });
        try
        {
            return parser.ParseFragment(html, parser.ParseDocument("<!doctype html><body></body>").Body!);
        }
        catch (NestingException)
        {
            return null;
        }
    }

    private static string ShowAsText(string html) =>
        $"<pre>{WebUtility.HtmlEncode(html.Length <= MaxShownCharacters ? html : html[..MaxShownCharacters] + "…")}</pre>";

    private static bool IsClean(INodeList nodes) => !IsTooDeep(nodes) && nodes.All(node => node is not IComment
        && !node.Descendants<IComment>().Any()
        && (node is not IElement root
            || root.QuerySelectorAll("*").Prepend(root).All(element => IsAllowed(element) && !element.Attributes.Any(IsActive))));

    /// <summary>Whether the HTML has a script that would not run in a page, or is nested too deep to be shown.</summary>
    public static bool HasForeignScript(string html) => html.Contains("<script", StringComparison.OrdinalIgnoreCase)
        && Parse(html)?.SelectMany(node => node is IElement element ? element.QuerySelectorAll("script").Prepend(element) : [])
            .Any(element => element is IHtmlScriptElement && !FigureScripts.IsFigureData(element.TextContent)
                && !IsData(element)) != false;

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
        foreach (var comment in root.Descendants<IComment>().ToList())
            comment.Remove();
        foreach (var element in root.QuerySelectorAll("*").Where(element => !SanitizeElement(element, register)).ToList())
            element.Remove();
        return SanitizeElement(root, register);
    }

    private static bool SanitizeElement(IElement element, ScriptRegistry register)
    {
        if (!IsAllowed(element))
            return false;
        foreach (var attribute in element.Attributes.Where(IsActive).Select(attribute => attribute.Name).ToList())
            element.RemoveAttribute(attribute);
        if (IsNamed(element, "script") && !IsData(element))
            register.AddScript(element.TextContent);
        return !IsNamed(element, "style") || register.AddStyle(element.TextContent);
    }

    private static bool IsAllowed(IElement element) => !s_forbiddenElements.Contains(element.LocalName)
        && (!IsNamed(element, "script") || (element is IHtmlScriptElement
            && (IsData(element) || (element.Attributes.Length == 0 && FigureScripts.IsFigureData(element.TextContent)))));

    private static bool IsNamed(IElement element, string name) => element.LocalName.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static bool IsData(IElement script) => DataType.Equals(script.GetAttribute("type"), StringComparison.OrdinalIgnoreCase);

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

    private sealed class NestingException : Exception;
}
