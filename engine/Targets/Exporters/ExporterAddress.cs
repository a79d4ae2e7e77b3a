using System.Diagnostics.CodeAnalysis;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Telemetry;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Exporters;

/// <summary>The address of an exporter's page.</summary>
/// <param name="Page">The page; its path is <c>/metrics</c> where none was written.</param>
internal sealed record ExporterAddress(Uri Page)
{
    private const string DefaultPath = "/metrics";

    /// <summary>The server.</summary>
    public Uri Server => new(Page.GetLeftPart(UriPartial.Authority) + "/");

    /// <summary>The page's path at the server.</summary>
    public string Path => Page.AbsolutePath[1..];

    public override string ToString() => Page.AbsoluteUri;

    /// <summary>Reads a list of addresses that are separated by commas.</summary>
    /// <exception cref="FormatException">An address cannot be used; the message names it and what would be right.</exception>
    public static IReadOnlyList<ExporterAddress> ParseList(string text) =>
        ParseAll(text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Reads addresses.</summary>
    /// <exception cref="FormatException">There is none, there are too many, one is there twice, or one cannot be used.</exception>
    public static IReadOnlyList<ExporterAddress> ParseAll(IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
            throw new FormatException("no address is given; for example http://HOST:9100/metrics");
        if (texts.Count > ExporterView.MaxExporters)
            throw new FormatException(FormattableString.Invariant(
                $"{texts.Count} exporters are too many; give up to {ExporterView.MaxExporters}"));
        var addresses = texts
            .Select(text => TryParse(text, out var address, out var problem) ? address : throw new FormatException(problem)).ToList();
        return addresses.GroupBy(address => address.ToString()).FirstOrDefault(same => same.Count() > 1) is { Key: var twice }
            ? throw new FormatException($"'{twice}' is there twice; write each exporter once")
            : addresses;
    }

    private static bool TryParse(string text, [NotNullWhen(true)] out ExporterAddress? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        // The text before an @ can contain a password.
        var shown = SafeText.ToSingleLine(text.LastIndexOf('@') is >= 0 and var at ? "…" + text[at..] : text, SafeText.MaxNameLength);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var page) || page.Scheme is not ("http" or "https") || page.Host.Length == 0
            || text.Any(SafeText.IsUnsafe))
            problem = $"'{shown}' is not the address of an exporter; write http(s)://HOST:PORT/metrics";
        else if (page.Query.Length > 0 || page.Fragment.Length > 0)
            problem = $"'{shown}': an exporter's address has neither ? nor #; write {page.GetLeftPart(UriPartial.Path)}";
        else
        {
            var wrong = HttpAccess.Validate(page, new ConnectionOptions { AllowPlainHttp = true });
            problem = wrong is null ? null : $"'{shown}': {wrong}";
        }
        if (problem is not null)
            return false;
        address = new ExporterAddress(page!.AbsolutePath == "/" ? new Uri(page, DefaultPath) : page);
        return true;
    }
}
