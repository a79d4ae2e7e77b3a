using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MemoryWall.Charts;

/// <summary>Marks of files that this program has made, so that a later page may replace them and no other file.</summary>
internal static class PageMark
{
    /// <summary>In the head of every page.</summary>
    public const string Html = "<meta name=\"generator\" content=\"MemoryWall\">";

    /// <summary>The last line of a page that was printed to PDF, where it is a comment.</summary>
    public const string Pdf = "%MemoryWall page";

    // In the metadata of an executed notebook, with the SHA-256 of the file in which zeros stand for it. Other parts of a notebook may have
    // the key too, so the place is found by the value.
    private const string NotebookKey = "memwall_sha256";
    private const int MaxNotebookBytes = 256 << 20;

    private static readonly string s_noSum = new('0', SHA256.HashSizeInBytes * 2);

    // The head of a page begins within the first bytes, whatever follows.
    private const int LookedAtBytes = 4096;

    /// <summary>Whether a file has one of the marks.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be read.</exception>
    public static bool IsOn(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Read(file, 0).Contains(Html, StringComparison.Ordinal)
            || Read(file, Math.Max(0, file.Length - LookedAtBytes)).TrimEnd().EndsWith(Pdf, StringComparison.Ordinal);
    }

    /// <summary>Whether a notebook is as this program has written it: an edited one is its editor's.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be read.</exception>
    public static bool IsOnNotebook(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length > MaxNotebookBytes)
            return false;
        using var reader = new StreamReader(file);
        var json = reader.ReadToEnd();
        return ReadSum(json) is { } sum && sum.Length == s_noSum.Length
            && sum == ComputeSum(json.Replace(sum, s_noSum, StringComparison.Ordinal));
    }

    /// <summary>The text of a notebook with the mark in its metadata, or without one.</summary>
    /// <param name="metadata">The notebook's metadata, in which the mark is set or removed.</param>
    /// <param name="toJson">Writes the notebook.</param>
    /// <param name="marked">Whether it gets the mark.</param>
    public static string WriteNotebook(JsonObject metadata, Func<string> toJson, bool marked)
    {
        metadata.Remove(NotebookKey);
        if (!marked)
            return toJson();
        // Random, so that it is nowhere else in the notebook.
        var place = RandomNumberGenerator.GetHexString(s_noSum.Length, lowercase: true);
        metadata[NotebookKey] = place;
        var json = toJson();
        return json.Replace(place, ComputeSum(json.Replace(place, s_noSum, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    // Null in a file without one.
    private static string? ReadSum(string json)
    {
        try
        {
            using var notebook = JsonDocument.Parse(json);
            return notebook.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("metadata", out var metadata)
                && metadata.ValueKind == JsonValueKind.Object && metadata.TryGetProperty(NotebookKey, out var sum)
                && sum.ValueKind == JsonValueKind.String ? sum.GetString() : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // No JSON, or a text that is no Unicode.
            return null;
        }
    }

    private static string ComputeSum(string json) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)));

    private static string Read(FileStream file, long from)
    {
        var bytes = new byte[LookedAtBytes];
        file.Position = from;
        return Encoding.Latin1.GetString(bytes, 0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
    }
}
