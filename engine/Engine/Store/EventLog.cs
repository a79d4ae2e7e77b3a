using System.Text.Json;
using MemoryWall.Facts;

namespace MemoryWall.Store;

/// <summary>The lines of <c>events.jsonl</c>: one JSON object each.</summary>
internal static class EventLog
{
    private const int MostBytes = 64 << 20;

    public static byte[] Line(RunEvent e)
    {
        var bounded = e with { Kind = TextCell.Bounded(e.Kind), Message = TextCell.Bounded(e.Message) };
        return [.. JsonSerializer.SerializeToUtf8Bytes(bounded, FactsJson.SingleLine), (byte)'\n'];
    }

    public static IReadOnlyList<RunEvent> Read(string path, Findings findings)
    {
        var name = Path.GetFileName(path);
        if (!File.Exists(path))
        {
            findings.Add($"{name}: missing");
            return [];
        }
        using var file = CommittedFile.Open(path);
        if (file.TornBytes > 0)
            findings.Add(FormattableString.Invariant($"{name}: ends in the middle of a line; its last {file.TornBytes} bytes were not read"));
        if (file.Length > MostBytes)
            findings.Add(FormattableString.Invariant($"{name}: has {file.Length} bytes; only the first {MostBytes} were read"));
        var bytes = new byte[Math.Min(file.Length, MostBytes)];
        file.ReadExactly(bytes);
        return Parse(bytes, name, findings);
    }

    private static List<RunEvent> Parse(ReadOnlySpan<byte> bytes, string name, Findings findings)
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
