using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Runs.Json;

namespace MemoryWall.Tests;

/// <summary>Changes one file of a run at random, each in the terms of its form: bytes, JSON values, cells, or the parts of a Parquet
/// file.</summary>
internal static class FileMutations
{
    private const int ParquetTail = 8;

    // What stands in place of a value that no JSON writer would write.
    private const string RawMark = "raw-value-here";

    private static readonly string[] s_values =
    [
        "null", "true", "[]", "{}", "0", "-1", "1", "2147483647", "-2147483648", "9223372036854775807", "1e308", "-1e308", "1e-320", "0.5",
        "79228162514264337593543950335", "\"\"", "\"x/..\"", "\"../../x\"", "\"/etc/passwd\"", "\"\\u001b]0;PWN\\u0007\\u001b[31m\"",
        "\"\\u202e\\u2066abc\"", "\"<script>alert(1)</script>\"", "\"</script></svg>]]>--><img src=x onerror=alert(1)>\"",
        "\"=cmd|' /C calc'!A0\"", "\"\\u0000\"", "\"\\u0085\\u009b\"", "\"\\u2028\"", "\"[red]x[/]\"", "[null]", "[[[[1]]]]", "[1,2,2,1]",
        "{\"x\":1}", "\"embedded:/etc/passwd\"", "\"2026-99-99\"", "\"0001-01-01T00:00:00+00:00\"", "\"9999-12-31T23:59:59+00:00\"",
        "\"completed\"", "\"embedded\"", "\"1e999\"", "\"NaN\"", "\"Infinity\"", $"\"{RawMark}\"", $"\"{RawMark}\"",
    ];

    private static readonly string[] s_rawValues =
    [
        "\"\\ud800\"", "\"\\udc00x\"", "1e999", "-0", "01", "NaN", "+1", "1e-999", "99999999999999999999999999999999999999999999",
        "{\"a\":1,\"a\":2}", "{\"kind\":\"completed\",\"kind\":\"refused\"}", "'x'", "[1,]", "\"\\u0000\\u001b[2J\"", "/*x*/1", "\"a\nb\"",
        new string('[', 70) + new string(']', 70), new string('[', 3000), $"\"{new string('x', 70_000)}\"",
        $"[{string.Join(',', Enumerable.Range(0, 3000))}]",
    ];

    /// <summary>The values of a JSON file.</summary>
    public static byte[] MutateJson(byte[] bytes, Random random)
    {
        try
        {
            return Encoding.UTF8.GetBytes(WriteRaw(ChangeValues(JsonNode.Parse(bytes), random)?.ToJsonString() ?? "null", random));
        }
        catch (Exception error) when (ForeignJson.IsUnreadable(error))
        {
            // It was mutated before.
            return MutateBytes(bytes, random);
        }
    }

    /// <summary>The lines of a file with one JSON object a line.</summary>
    public static byte[] MutateJsonLines(byte[] bytes, Random random)
    {
        var lines = Encoding.Latin1.GetString(bytes).Split('\n').ToList();
        for (var i = Next(random, 3); i >= 0 && lines.Count > 0; i--)
        {
            var at = Next(random, lines.Count);
            if (lines[at].Length > 0)
                lines[at] = Encoding.Latin1.GetString(MutateJson(Encoding.Latin1.GetBytes(lines[at]), random)).ReplaceLineEndings(" ");
            MutateOrder(lines, random);
        }
        return Encoding.Latin1.GetBytes(string.Join('\n', lines));
    }

    /// <summary>The cells of a CSV file.</summary>
    public static byte[] MutateCells(byte[] bytes, Random random)
    {
        var lines = Encoding.Latin1.GetString(bytes).Split('\n').ToList();
        for (var i = Next(random, 4); i >= 0 && lines.Count > 0; i--)
        {
            // The header decides what all other lines mean.
            var line = Next(random, 6) == 0 ? 0 : Next(random, lines.Count);
            var cells = SplitCells(lines[line]);
            var (cell, other) = (Next(random, cells.Count), Next(random, cells.Count));
            switch (Next(random, 8))
            {
                case 0:
                    (cells[cell], cells[other]) = (cells[other], cells[cell]);
                    break;
                case 1:
                    cells.Insert(cell, cells[other]);
                    break;
                case 2:
                    cells.RemoveAt(cell);
                    break;
                case 3 when cells.FindIndex(text => text.StartsWith("\"{", StringComparison.Ordinal)) is >= 0 and var json:
                    cells[json] = Quote(Encoding.Latin1.GetString(MutateJson(Encoding.Latin1.GetBytes(Unquote(cells[json])), random)));
                    break;
                default:
                    var value = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(ReadText(random)));
                    cells[cell] = Next(random, 2) == 0 ? Quote(value) : value;
                    break;
            }
            lines[line] = string.Join(',', cells);
            MutateOrder(lines, random);
        }
        return Encoding.Latin1.GetBytes(string.Join('\n', lines));
    }

    /// <summary>The pages, the footer or the footer's length of a Parquet file.</summary>
    public static byte[] MutateParquet(byte[] bytes, Random random)
    {
        if (bytes.Length <= ParquetTail)
            return MutateBytes(bytes, random);
        var copy = bytes.ToArray();
        var length = BinaryPrimitives.ReadInt32LittleEndian(copy.AsSpan(copy.Length - ParquetTail));
        var footer = (int)Math.Clamp((long)copy.Length - ParquetTail - length, 0, copy.Length - ParquetTail);
        switch (Next(random, 6))
        {
            case 0:
                int[] lengths = [0, 1, -1, int.MaxValue, int.MinValue, copy.Length, copy.Length - ParquetTail, length + 1, length - 1];
                BinaryPrimitives.WriteInt32LittleEndian(copy.AsSpan(copy.Length - ParquetTail), lengths[Next(random, lengths.Length)]);
                return copy;
            case 1:
                // The footer stays, and what it points at is elsewhere or gone.
                var from = Next(random, footer);
                return [.. copy[..from], .. copy[Math.Min(footer, from + 1 + Next(random, 4096))..]];
            case 2:
                for (var i = Next(random, 8); i >= 0; i--)
                    copy[Next(random, footer)] = (byte)Next(random, 256);
                return copy;
            case 3 or 4:
                for (var i = Next(random, 4); i >= 0; i--)
                    copy[footer + Next(random, copy.Length - ParquetTail - footer)] = (byte)Next(random, 256);
                return copy;
            default:
                return MutateBytes(bytes, random);
        }
    }

    /// <summary>Any bytes.</summary>
    public static byte[] MutateBytes(byte[] bytes, Random random)
    {
        var copy = bytes.ToList();
        for (var i = Next(random, 8); i >= 0; i--)
        {
            var at = Next(random, copy.Count + 1);
            switch (Next(random, 6))
            {
                case 0 when at < copy.Count:
                    copy[at] ^= (byte)(1 << Next(random, 8));
                    break;
                case 1 when at < copy.Count:
                    copy[at] = (byte)Next(random, 256);
                    break;
                case 2:
                    copy.InsertRange(at, [0, 0x1B, (byte)']', 0xFF, (byte)'"']);
                    break;
                case 3:
                    copy.RemoveRange(at, Math.Min(Next(random, 64), copy.Count - at));
                    break;
                case 4 when Next(random, 8) == 0:
                    copy.RemoveRange(at, copy.Count - at);
                    break;
                default:
                    copy.InsertRange(at, copy.Take(Next(random, Math.Min(256, copy.Count + 1))).ToList());
                    break;
            }
        }
        return [.. copy];
    }

    /// <summary>A text as a stranger would choose it.</summary>
    public static string ReadText(Random random)
    {
        var value = s_values[Next(random, s_values.Length)];
        return value[0] == '"' ? JsonSerializer.Deserialize<string>(value)! : value;
    }

    /// <summary>A number from 0 that is below another one; 0 where none is.</summary>
    public static int Next(Random random, int below) => below <= 1 ? 0 : random.Next(below);

    private static JsonNode? ChangeValues(JsonNode? root, Random random)
    {
        var places = new List<(JsonNode Parent, string? Name, int Index)>();
        Collect(root, places);
        for (var i = Next(random, 3); i >= 0 && places.Count > 0; i--)
        {
            var (parent, name, index) = places[Next(random, places.Count)];
            // The value of another place is of a right form in a wrong place.
            var value = Next(random, 4) == 0
                ? Read(places[Next(random, places.Count)])?.DeepClone()
                : JsonNode.Parse(s_values[Next(random, s_values.Length)]);
            if (parent is JsonObject holder)
                Change(holder, name!, value, random);
            else if (parent is JsonArray items && index < items.Count)
                Change(items, index, value, random);
        }
        return root;
    }

    private static JsonNode? Read((JsonNode Parent, string? Name, int Index) place) => place.Parent switch
    {
        JsonObject holder => holder[place.Name!],
        JsonArray items when place.Index < items.Count => items[place.Index],
        _ => null,
    };

    private static void Change(JsonObject holder, string name, JsonNode? value, Random random)
    {
        switch (Next(random, 8))
        {
            case 0:
                holder.Remove(name);
                break;
            case 1:
                // Where names are the user's or the server's own, as those of versions and details.
                holder[ReadText(random)] = value;
                break;
            default:
                holder[name] = value;
                break;
        }
    }

    private static void Change(JsonArray items, int index, JsonNode? value, Random random)
    {
        switch (Next(random, 6))
        {
            case 0:
                items.RemoveAt(index);
                break;
            case 1:
                items.Insert(index, value);
                break;
            default:
                items[index] = value;
                break;
        }
    }

    private static string WriteRaw(string json, Random random)
    {
        const string Quoted = $"\"{RawMark}\"";
        for (var at = json.IndexOf(Quoted, StringComparison.Ordinal); at >= 0; at = json.IndexOf(Quoted, StringComparison.Ordinal))
            json = json[..at] + s_rawValues[Next(random, s_rawValues.Length)] + json[(at + Quoted.Length)..];
        return json;
    }

    private static void Collect(JsonNode? node, List<(JsonNode Parent, string? Name, int Index)> places)
    {
        if (node is JsonObject holder)
            foreach (var (name, child) in holder)
            {
                places.Add((holder, name, 0));
                Collect(child, places);
            }
        else if (node is JsonArray items)
            for (var i = 0; i < items.Count; i++)
            {
                places.Add((items, null, i));
                Collect(items[i], places);
            }
    }

    private static void MutateOrder(List<string> lines, Random random)
    {
        switch (Next(random, 12))
        {
            case 0:
                lines.Insert(Next(random, lines.Count), lines[Next(random, lines.Count)]);
                break;
            case 1:
                lines.RemoveAt(Next(random, lines.Count));
                break;
            case 2:
                var (one, other) = (Next(random, lines.Count), Next(random, lines.Count));
                (lines[one], lines[other]) = (lines[other], lines[one]);
                break;
            case 3:
                // As a kill leaves the last line.
                lines[^1] = lines[Next(random, lines.Count)] is { Length: > 0 } torn ? torn[..Next(random, torn.Length)] : "";
                break;
        }
    }

    private static List<string> SplitCells(string line)
    {
        var cells = new List<string>();
        var (from, isQuoted) = (0, false);
        for (var at = 0; at < line.Length; at++)
        {
            isQuoted ^= line[at] == '"';
            if (line[at] == ',' && !isQuoted)
            {
                cells.Add(line[from..at]);
                from = at + 1;
            }
        }
        cells.Add(line[from..]);
        return cells;
    }

    private static string Quote(string cell) => $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Unquote(string cell) => cell.Trim('"').Replace("\"\"", "\"", StringComparison.Ordinal);
}
