namespace MemoryWall.NotebookRunner.Rendering;

/// <summary>Decides which URLs a page can contain.</summary>
internal static class SafeUrl
{
    private static readonly string[] s_linkSchemes = ["http", "https", "mailto"];

    private static readonly string[] s_imagePrefixes = ["data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,",
        "data:image/webp;base64,", "data:image/svg+xml;base64,"];

    /// <summary>Whether a link may have this URL: a position in the page, a web page or a mail address.</summary>
    public static bool IsSafeLink(string address) =>
        address.StartsWith('#') || (GetScheme(address) is { } scheme && s_linkSchemes.Contains(scheme));

    /// <summary>Whether the URL is an embedded picture.</summary>
    public static bool IsEmbeddedImage(string address) =>
        s_imagePrefixes.Any(beginning => address.StartsWith(beginning, StringComparison.OrdinalIgnoreCase))
            && IsBase64(address.AsSpan(address.IndexOf(',', StringComparison.Ordinal) + 1));

    /// <summary>Whether the text is base64, apart from white space.</summary>
    public static bool IsBase64(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('+' or '/' or '=' or '\n' or '\r' or ' '))
                return false;
        return true;
    }

    // A browser ignores spaces and control characters in a URL, so it reads "java\nscript:" as a scheme. A URL with such characters is
    // unsafe.
    private static string? GetScheme(string address)
    {
        if (address.Any(character => character <= ' '))
            return null;
        var colon = address.IndexOf(':', StringComparison.Ordinal);
        return colon <= 0 ? null : address[..colon].ToLowerInvariant();
    }
}
