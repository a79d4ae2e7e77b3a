using System.Text.Json;
using MemoryWall.Core;
using MemoryWall.Runs.Csv;
using MemoryWall.Runs.Files;

namespace MemoryWall.Runs.Json;

/// <summary>The lines of <c>events.jsonl</c>, each a JSON object.</summary>
internal static class EventLog
{
    private const int MaxBytes = 64 << 20;

    public static byte[] FormatLine(RunEvent e)
    {
        var bounded = e with { Kind = TextCell.Truncate(e.Kind), Message = TextCell.Truncate(e.Message) };
        return [.. JsonSerializer.SerializeToUtf8Bytes(bounded, FactsJson.SingleLine), (byte)'\n'];
    }

    public static IReadOnlyList<RunEvent> Read(string path, ReadWarningCollector warnings)
    {
        var name = Path.GetFileName(path);
        if (!File.Exists(path))
        {
            warnings.Add($"{name}: the file is missing");
            return [];
        }
        using var file = CommittedLinesStream.Open(path);
        if (file.TornBytes > 0)
            warnings.Add(
                FormattableString.Invariant($"{name}: ends in the middle of a line; its last {file.TornBytes} bytes are skipped"));
        if (file.Length > MaxBytes)
            warnings.Add(FormattableString.Invariant($"{name}: only the first {MaxBytes} of its {file.Length} bytes are read"));
        var bytes = new byte[Math.Min(file.Length, MaxBytes)];
        file.ReadExactly(bytes);
        return Parse(bytes, name, warnings);
    }

    private static List<RunEvent> Parse(ReadOnlySpan<byte> bytes, string name, ReadWarningCollector warnings)
    {
        var events = new List<RunEvent>();
        var number = 0;
        foreach (var range in bytes.Split((byte)'\n'))
        {
            number++;
            var line = bytes[range].Trim(" \t\r"u8);
            if (line.IsEmpty)
                continue;
            try
            {
                if (JsonSerializer.Deserialize<RunEvent>(line, FactsJson.SingleLine) is { Kind: not null, Message: not null } e)
                    events.Add(e);
                else
                    warnings.Add(FormattableString.Invariant($"{name} line {number}: there is no kind or no message; the line is skipped"));
            }
            catch (JsonException e)
            {
                warnings.Add(FormattableString.Invariant($"{name} line {number}: the line is damaged and skipped: {e.Message}"));
            }
        }
        return events;
    }
}
