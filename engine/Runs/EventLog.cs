using System.Text.Json;
using MemoryWall.Core;

namespace MemoryWall.Runs;

/// <summary>The lines of <c>events.jsonl</c>: one JSON object each.</summary>
internal static class EventLog
{
    private const int MaxBytes = 64 << 20;

    public static byte[] FormatLine(RunEvent e)
    {
        var bounded = e with { Kind = TextCell.Truncate(e.Kind), Message = TextCell.Truncate(e.Message) };
        return [.. JsonSerializer.SerializeToUtf8Bytes(bounded, FactsJson.SingleLine), (byte)'\n'];
    }

    public static IReadOnlyList<RunEvent> Read(string path, ReadWarningCollector findings)
    {
        var name = Path.GetFileName(path);
        if (!File.Exists(path))
        {
            findings.Add($"{name}: missing");
            return [];
        }
        using var file = CommittedLinesStream.Open(path);
        if (file.TornBytes > 0)
            findings.Add(
                FormattableString.Invariant($"{name}: ends in the middle of a line; its last {file.TornBytes} bytes were not read"));
        if (file.Length > MaxBytes)
            findings.Add(FormattableString.Invariant($"{name}: has {file.Length} bytes; only the first {MaxBytes} were read"));
        var bytes = new byte[Math.Min(file.Length, MaxBytes)];
        file.ReadExactly(bytes);
        return Parse(bytes, name, findings);
    }

    private static List<RunEvent> Parse(ReadOnlySpan<byte> bytes, string name, ReadWarningCollector findings)
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
                    findings.Add(FormattableString.Invariant($"{name} line {number}: has no kind or message, left out"));
            }
            catch (JsonException e)
            {
                findings.Add(FormattableString.Invariant($"{name} line {number}: damaged, left out: {e.Message}"));
            }
        }
        return events;
    }
}
