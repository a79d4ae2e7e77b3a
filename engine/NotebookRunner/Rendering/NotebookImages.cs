using System.Text.Json.Nodes;
using MemoryWall.NotebookRunner.Documents;

namespace MemoryWall.NotebookRunner.Rendering;

/// <summary>The pictures in Markdown cells: attachments of the cell, and files in the notebook's folder or below. They are embedded in the
/// page.</summary>
internal sealed class NotebookImages(string folder)
{
    private const int MaximumBytes = 2 << 20;

    private static readonly Dictionary<string, string> s_types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".gif"] = "image/gif",
        [".webp"] = "image/webp",
        [".svg"] = "image/svg+xml",
    };

    /// <summary>The picture as a data URI; null if it does not exist or is not allowed.</summary>
    public string? FindDataUri(NotebookCell? cell, string name)
    {
        const string Attachment = "attachment:";
        if (name.StartsWith(Attachment, StringComparison.Ordinal))
            return FindAttachment(cell, Uri.UnescapeDataString(name[Attachment.Length..]));
        if (name.Contains(':', StringComparison.Ordinal) || !s_types.TryGetValue(Path.GetExtension(name), out var type))
            return null;
        var path = Path.GetFullPath(Path.Combine(folder, Uri.UnescapeDataString(name)));
        if (!path.StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar,
            StringComparison.Ordinal) || IsLink(path))
            return null;
        try
        {
            return $"data:{type};base64,{Convert.ToBase64String(BoundedFile.Read(path, MaximumBytes))}";
        }
        catch (NotebookException)
        {
            return null;
        }
    }

    // A symbolic link can lead outside the folder, so a file reached through a link is not shown.
    private bool IsLink(string path)
    {
        for (var at = new FileInfo(path) as FileSystemInfo; at is not null
            && at.FullName.Length > folder.Length; at = Directory.GetParent(at.FullName))
            if (at.LinkTarget is not null)
                return true;
        return false;
    }

    private static string? FindAttachment(NotebookCell? cell, string name)
    {
        if (cell?.Node["attachments"] is not JsonObject attachments || attachments[name] is not JsonObject forms)
            return null;
        foreach (var (mime, value) in forms)
            if (s_types.ContainsValue(mime) && value is JsonValue text && text.TryGetValue<string>(out var base64)
                && SafeUrl.IsBase64(base64))
                return $"data:{mime};base64,{base64.ReplaceLineEndings("")}";
        return null;
    }
}
