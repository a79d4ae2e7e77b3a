using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MemoryWall.NotebookRunner.Documents;

/// <summary>The ids of cells, which nbformat 4.5 requires. Valid ids are kept.</summary>
internal static partial class CellIds
{
    /// <summary>Assigns an id to each cell whose id is missing, invalid or not unique. The same notebook always gets the same
    /// ids.</summary>
    public static void AssignMissing(IReadOnlyList<NotebookCell> cells)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var without = new List<(int Index, NotebookCell Cell)>();
        for (var i = 0; i < cells.Count; i++)
            if (cells[i].Node["id"] is not JsonValue value || !value.TryGetValue<string>(out var id) || !ValidId().IsMatch(id)
                || !taken.Add(id))
                without.Add((i, cells[i]));
        foreach (var (index, cell) in without)
            cell.Node["id"] = CreateId(taken, string.Create(CultureInfo.InvariantCulture, $"{index}\n{cell.Source}"));
    }

    /// <summary>The wanted id, with a number appended if it is not free.</summary>
    public static string FindFree(IEnumerable<NotebookCell> cells, string wanted)
    {
        var taken = cells.Select(cell => (string?)cell.Node["id"]).ToHashSet();
        var id = wanted;
        for (var number = 2; taken.Contains(id); number++)
            id = string.Create(CultureInfo.InvariantCulture, $"{wanted}-{number}");
        return id;
    }

    private static string CreateId(HashSet<string> taken, string seed)
    {
        for (var salt = 0; ; salt++)
        {
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{salt}\n{seed}")));
            var id = Convert.ToHexStringLower(hash.AsSpan(0, 4));
            if (taken.Add(id))
                return id;
        }
    }

    [GeneratedRegex("^[a-zA-Z0-9-_]{1,64}$", RegexOptions.CultureInvariant)]
    private static partial Regex ValidId();
}
