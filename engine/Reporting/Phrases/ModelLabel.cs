using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The name of a model for readers.</summary>
internal static class ModelLabel
{
    private const int MaxLength = 60;

    /// <summary>The name that the server reports. Some servers report the path of a file, whose folders say more about the machine than
    /// about the model.</summary>
    public static string Create(string? model)
    {
        var name = WordFormat.SingleLine(model ?? "", MaxLength).Trim();
        var isPath = name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) || name.StartsWith('/') || name.StartsWith('~')
            || name.Contains('\\', StringComparison.Ordinal);
        var file = isPath ? name[(name.LastIndexOfAny(['/', '\\']) + 1)..] : name;
        return file.Length == 0 ? NumberFormat.Absent : file;
    }
}
