using System.Security.Cryptography;
using System.Text;

namespace MemoryWall.NotebookRunner.Rendering;

/// <summary>
/// The scripts and styles of a page. A large script is included only once: plotly.js, for example, occurs in every notebook. Scripts are
/// allowed by their hashes, so that event handlers and any other scripts do not run.
/// </summary>
internal sealed class ScriptRegistry
{
    // A shorter script may be meant to run again; libraries are much longer.
    private const int MinSharedCharacters = 4096;

    private readonly HashSet<string> _scripts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _styles = new(StringComparer.Ordinal);
    private readonly List<string> _trailingScripts = [];

    /// <summary>The Content-Security-Policy: the page loads nothing, and only registered scripts run.</summary>
    public string ContentSecurityPolicy =>
        $"default-src 'none'; script-src {string.Join(' ', _scripts.Order(StringComparer.Ordinal).DefaultIfEmpty("'none'"))}; "
        + "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'";

    /// <summary>Registers a script. Returns false if it is large and already in the page.</summary>
    public bool AddScript(string text) => _scripts.Add(ToHashSource(text)) || text.Length < MinSharedCharacters;

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
