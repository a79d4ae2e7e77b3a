using System.Security.Cryptography;
using System.Text;

namespace MemoryWall.NotebookRunner.Rendering;

/// <summary>
/// The scripts and styles of a page. A large one that came before is left out: plotly.js is in the page once, however many notebooks bring
/// it. Scripts are allowed by their hash, so that an event handler or a script that gets in elsewhere does not run.
/// </summary>
internal sealed class ScriptRegistry
{
    // Below it a script may be meant to run again; a library is far above it.
    private const int MinSharedCharacters = 4096;

    private readonly HashSet<string> _scripts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _styles = new(StringComparer.Ordinal);
    private readonly List<string> _trailingScripts = [];

    /// <summary>The page's policy: nothing is fetched from anywhere, and only the scripts that were registered run.</summary>
    public string ContentSecurityPolicy =>
        $"default-src 'none'; script-src {(_scripts.Count == 0 ? "'none'" : string.Join(' ', _scripts.Order(StringComparer.Ordinal)))}; style-src 'unsafe-inline'; "
        + "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'";

    /// <summary>Notes a script; false where a large one is in the page already.</summary>
    public bool AddScript(string text) => _scripts.Add(ToHashSource(text)) || text.Length < MinSharedCharacters;

    /// <summary>Scripts for the end of the page: what is above them is to be read while they are still being taken in.</summary>
    public IReadOnlyList<string> TrailingScripts => _trailingScripts;

    /// <summary>Notes a script for the end of the page, once.</summary>
    public void AddTrailingScript(string text)
    {
        if (_scripts.Add(ToHashSource(text)))
            _trailingScripts.Add(text);
    }

    /// <summary>Notes a style; false where it is in the page already.</summary>
    public bool AddStyle(string text) => _styles.Add(ToHashSource(text));

    private static string ToHashSource(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";
}
