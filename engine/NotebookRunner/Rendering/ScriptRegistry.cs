using System.Security.Cryptography;
using System.Text;

namespace MemoryWall.NotebookRunner.Rendering;

/// <summary>
/// The scripts and styles of a page. Scripts are allowed by their hashes, so that event handlers and any other scripts do not run. None
/// comes from a notebook: the page's own scripts are part of this program, and an output adds data for them at most.
/// </summary>
internal sealed class ScriptRegistry
{
    private readonly HashSet<string> _scripts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _styles = new(StringComparer.Ordinal);
    private readonly List<string> _trailingScripts = [];

    /// <summary>The Content-Security-Policy: the page loads nothing and connects to nothing, and only registered scripts run.</summary>
    public string ContentSecurityPolicy =>
        $"default-src 'none'; script-src {string.Join(' ', _scripts.Order(StringComparer.Ordinal).DefaultIfEmpty("'none'"))}; "
        + "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; connect-src 'none'; base-uri 'none'; form-action 'none'";

    /// <summary>Registers a script of this program.</summary>
    public void AddScript(string text) => _scripts.Add(ToHashSource(text));

    /// <summary>Scripts for the end of the page, so that the page is readable while the browser loads them.</summary>
    public IReadOnlyList<string> TrailingScripts => _trailingScripts;

    /// <summary>Registers a script for the end of the page, once.</summary>
    public void AddTrailingScript(string text)
    {
        if (_scripts.Add(ToHashSource(text)))
            _trailingScripts.Add(text);
    }

    /// <summary>Registers a style. Returns false if it is already in the page.</summary>
    public bool AddStyle(string text) => _styles.Add(ToHashSource(text));

    private static string ToHashSource(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";
}
